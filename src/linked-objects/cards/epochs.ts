/**
 * The current epoch of an application: a period in which no change notification was missed. What was learned in it is sure.
 * It ends when notifications may have been missed, or when any object may have changed.
 */
export type Epoch = { number: number; began: number }

/** Not an epoch: what was learned outside of one is not sure. */
export const noEpoch = -1

/** Something known about an object: the epoch in which it was learned, and the application's current one. */
export type Learned = { epoch: number; current: Epoch }

export type Epochs = {
  byApplication: Map<string, Epoch>
  /** Whether notifications arrive, and when that was last proven. */
  isHearing: boolean
  provenAt: number
}

export const createEpochs = (): Epochs => ({ byApplication: new Map(), isHearing: false, provenAt: 0 })

/** Whether no change of the object can have been missed since. */
export const isSure = ({ epoch, current }: Learned): boolean => epoch === current.number

export function currentEpoch({ byApplication }: Epochs, applicationId: string): Epoch {
  const known = byApplication.get(applicationId)
  if (known !== undefined) return known
  const first = { number: 0, began: 0 }
  byApplication.set(applicationId, first)
  return first
}

/** Any object of the application may have changed. */
export function endEpoch({ byApplication }: Epochs, applicationId: string, moment: number): void {
  const epoch = byApplication.get(applicationId)
  if (epoch !== undefined) begin(epoch, moment)
}

/** Every change up to `moment` was notified. */
export function proveHearing(epochs: Epochs, moment: number): void {
  epochs.isHearing = true
  epochs.provenAt = moment
}

/** From now on, changes may be missed: what is known is sure up to the last proof only. */
export function stopHearing(epochs: Epochs): void {
  if (epochs.isHearing) for (const epoch of epochs.byApplication.values()) begin(epoch, epochs.provenAt)
  epochs.isHearing = false
}

function begin(epoch: Epoch, moment: number): void {
  epoch.number++
  epoch.began = moment
}
