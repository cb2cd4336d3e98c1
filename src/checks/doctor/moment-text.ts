/** A moment in local time: `02:14` if it is of today, else `2027-01-31 02:14`. */
export function momentText(moment: Date, now: number): string {
  const day = dayText(moment)
  const time = [moment.getHours(), moment.getMinutes()].map(twoDigits).join(':')
  return day === dayText(new Date(now)) ? time : `${day} ${time}`
}

/** A day in local time: `2027-01-31`. */
export const dayText = (moment: Date): string =>
  [moment.getFullYear(), twoDigits(moment.getMonth() + 1), twoDigits(moment.getDate())].join('-')

const twoDigits = (number: number) => String(number).padStart(2, '0')
