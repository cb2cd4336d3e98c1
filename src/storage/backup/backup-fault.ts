/** Why a backup, a restore or a move is refused or failed. The message says what happened and what to do; it holds no password. */
export class BackupFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'BackupFault'
  }
}
