/** Whether what is sent to an address can be read on the way: it has no https, and leaves this machine. */
export const isSentInClear = (url: string): boolean => /^http:\/\/(?!127\.|localhost[:/]|\[::1\])/i.test(`${url}/`)
