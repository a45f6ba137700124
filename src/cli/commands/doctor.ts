import {userInfo} from 'node:os';
import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import {toLaunchSettings} from '../../config/configuration.ts';
import {type LoginManager, logoutFinding, logoutSentence} from '../../domain/diagnosis/logout-survival.ts';
import {blockersOf, type Check, forceable} from '../../domain/preflight/check.ts';
import type {Result} from '../../shared/result.ts';
import {readLoginManager} from '../../sources/host/login-manager.ts';
import {doctorText} from '../../views/text/doctor-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {askStartPreview} from '../planning/ask-preview.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** `gantry doctor`: checks whether this host can run the configured engine; starts nothing. Exit code 1 if a check blocks. */
export async function runDoctor(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const preview = await previewConfigured(wiring.value);
  if (!preview.ok) return printError(output, preview.error);
  const checks = doctorChecks(preview.value, await readLoginManager(userInfo().username));
  if (output.isJson) printJson(output, {schemaVersion: 1, checks});
  else printText(output, doctorText(checks, process.stdout.columns ?? 80));
  return blockersOf(checks, false).length > 0 ? exitCodes.refused : exitCodes.done;
}

/** What a start of the configured engine would find; with cards of its own where the environment names them. */
async function previewConfigured(wiring: Wiring): Promise<Result<Preview, ApiError>> {
  const {client, configuration, environment} = wiring;
  const present = await client.getSnapshot();
  const named = environment['GANTRY_NVIDIA_SMI'];
  const running = present.ok ? present.value : null;
  const isOther = named !== undefined && named !== running?.supervisor.nvidiaSmiPath;
  return askStartPreview(wiring, isOther ? null : running, {settings: toLaunchSettings(configuration), force: false});
}

/** The checks of the start, and what else decides how long an engine lives. */
export function doctorChecks({checks}: Preview, manager: LoginManager): readonly Check[] {
  return [
    forceable('Node', process.version),
    ...checks,
    forceable('logout', logoutSentence(manager), logoutFinding(manager)),
  ];
}
