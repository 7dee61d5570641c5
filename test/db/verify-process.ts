import { openForReading } from '../../db/open.ts'
import { verifyJournal } from '../../db/verify.ts'

/** `node verify-process.ts <file>` verifies the books of a file and prints the report, in a process whose memory the caller bounds. */
const open = openForReading(process.argv[2] ?? '')
const report = await verifyJournal(open)
open.close()
process.stdout.write(JSON.stringify(report))
