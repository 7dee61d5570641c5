import { Command, CommanderError } from 'commander'
import { configHelp } from '../config.ts'
import { addBackupCommand } from './backup.ts'
import { addClientCommands } from './client.ts'
import { addClockCommands } from './clock.ts'
import { addDemoCommand } from './demo.ts'
import { addDeviceCommands } from './device.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEraseCommand } from './erase.ts'
import { addJournalCommands } from './journal.ts'
import { addKeysCommand } from './keys.ts'
import { addParkedCommands } from './parked.ts'
import { addPassCommands } from './pass.ts'
import { addPruneCommand } from './prune.ts'
import { addRebuildCommand } from './rebuild.ts'
import { addReportCommands } from './report.ts'
import { addRestoreCommand } from './restore.ts'
import { addServeCommand } from './serve.ts'
import { addSessionCommands } from './session.ts'
import { addTariffCommands } from './tariff.ts'
import { say, UsageError } from './terminal.ts'
import { addTokenCommands } from './token.ts'

/** Every command, each in a file of its own. */
export function commandLine(): Command {
  const program = new Command('tolbooth')
    .description(
      'An edge service for cashless markets and car parks: verifies tokens with no network, keeps the books, opens the barrier.',
    )
    .showHelpAfterError('(tolbooth --help says what there is)')
    .addHelpText('after', `\nSettings, in the environment or as a JSON file named by TOLBOOTH_CONFIG:\n${configHelp()}`)
    .addHelpText(
      'after',
      '\nEnds with 0 where all is well, 1 where something could not be done or is wrong, 2 where it was asked wrongly, 70 where it must be started again.',
    )
    .exitOverride()
  addServeCommand(program)
  addDemoCommand(program)
  addDoctorCommand(program)
  addClockCommands(program)
  addKeysCommand(program)
  addDeviceCommands(program)
  addClientCommands(program)
  addTokenCommands(program)
  addTariffCommands(program)
  addSessionCommands(program)
  addPassCommands(program)
  addJournalCommands(program)
  addReportCommands(program)
  addBackupCommand(program)
  addRestoreCommand(program)
  addRebuildCommand(program)
  addEraseCommand(program)
  addPruneCommand(program)
  addParkedCommands(program)
  return program
}

/** Runs one command. Ends with status 0, with 2 for what was asked wrongly, with 1 for what could not be done; what to do stands on stderr. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    say.problem(error instanceof Error ? error.message : String(error))
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
