/** The books cannot be written now, and nothing of the group was: the disk is full or refuses. The caller pushes its senders back and tries again later. */
export class BooksRefuseError extends Error {
  override readonly name = 'BooksRefuseError'
}

/** Whether the last group is on the disk is unknown: answer nobody, exit, start again (architecture, section 1). */
export class BooksUnknownError extends Error {
  override readonly name = 'BooksUnknownError'
}

/** The books cannot be opened: the message says what is wrong and what to do. */
export class BooksUnusableError extends Error {
  override readonly name: string = 'BooksUnusableError'
}

/** Somebody else has the books open for writing: a gateway that runs, or a command. */
export class BooksInUseError extends BooksUnusableError {
  override readonly name = 'BooksInUseError'
}

/** SQLite's result code of an error, `SQLITE_FULL`; `undefined` for errors that are not SQLite's. */
export function sqliteCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}

const STORAGE = /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|NOTADB|NOMEM|CANTOPEN|PROTOCOL|BUSY|LOCKED)/

/** Whether an error comes from the storage and not from our own code: then no record of it can be written either. */
export function isStorageFault(error: unknown): boolean {
  const code = sqliteCodeOf(error)
  return code !== undefined && STORAGE.test(code)
}
