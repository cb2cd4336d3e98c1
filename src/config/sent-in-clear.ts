/** Whether what is sent to an address can be read on the way: it has no https, and leaves this machine. */
export function isSentInClear(url: string): boolean {
  const address = URL.parse(url)
  return address?.protocol === 'http:' && !ofThisMachine.test(address.hostname)
}

/** As URL writes them: it makes four numbers of any form of an IPv4 address. */
const ofThisMachine = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/
