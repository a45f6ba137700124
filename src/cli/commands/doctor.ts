import {existsSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {findingOf} from '../../domain/diagnosis/finding.ts';
import {type LoginManager, logoutFinding, logoutSentence} from '../../domain/diagnosis/logout-survival.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {blockersOf, type Check, forceable, required} from '../../domain/preflight/check.ts';
import {checksWhileServing} from '../../domain/preflight/serving-checks.ts';
import {limitedList} from '../../shared/quantities/counts.ts';
import {ok, type Result} from '../../shared/result.ts';
import {readLoginManager} from '../../sources/host/login-manager.ts';
import {userName} from '../../supervisor/operating-user.ts';
import {warningOf} from '../../supervisor/snapshot/own-findings.ts';
import {NO_FILE} from '../../views/text/configuration-text.ts';
import {doctorText} from '../../views/text/doctor-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {askStartPreview, supervisorOfStart} from '../planning/ask-preview.ts';
import {startDifferences} from '../planning/settings-from-text.ts';
import {type SettingsInForce, settingsInForce} from '../planning/settings-in-force.ts';
import {commandFindings} from '../supervision/command-findings.ts';
import {engineChecks} from '../supervision/engine-checks.ts';
import {requireKnownEngine, type UnendedRun} from '../supervision/find-unended-run.ts';
import {type GlobalOptions, outputOf, type Wiring, wire, withoutPlace} from '../wiring.ts';

/** Maximum number of settings named in one check. */
const MOST_NAMED = 4;

/**
 * `gantry doctor`: checks whether this host can run the engine; starts nothing. While one serves, it is judged by the
 * settings that it serves with. Exit code 1 if a check blocks.
 */
export async function runDoctor(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const supervisor = await supervisorOfStart(wiring.value);
  const running = supervisor.ok ? supervisor.value : null;
  const serving = await servingEngine(wiring.value, running);
  if (!serving.ok) return printError(output, serving.error);
  const {configurationError} = wiring.value;
  if (configurationError !== null && running === null) {
    return printError(output, withoutPlace(configurationError));
  }
  const inForce = await settingsInForce(wiring.value);
  if (!inForce.ok) return printError(output, inForce.error);
  // Without settings it is the start that the supervisor, or a new one, would make by itself.
  const named = inForce.value.owner === 'configuration' ? inForce.value.settings : undefined;
  const settings = serving.value?.settings ?? named;
  const preview = await askStartPreview(wiring.value, running, {
    ...(settings === undefined ? {} : {settings}),
    force: false,
  });
  if (!preview.ok) return printError(output, preview.error);
  const ofStart = serving.value?.isServing === true ? checksWhileServing(preview.value.checks) : preview.value.checks;
  const ofConfiguration = [
    ...configurationChecks(wiring.value, running),
    ...(serving.value === null ? startChecks(inForce.value, running?.simulated === true) : []),
  ];
  const ofEngine = running === null ? [] : engineChecks(running.engine, running.findings);
  const ofSupervisor = supervisor.ok ? [] : [frozenCheck(supervisor.error)];
  const checks = doctorChecks(
    [...ofSupervisor, ...directoryChecks(wiring.value), ...ofConfiguration, ...ofEngine, ...ofStart],
    await readLoginManager(userName()),
  );
  if (output.isJson) printJson(output, {schemaVersion: 1, checks});
  else printText(output, doctorText(checks, process.stdout.columns ?? 80));
  return blockersOf(checks, false).length > 0 ? exitCodes.refused : exitCodes.done;
}

/** A supervisor that does not answer blocks everything that changes the engine; the rest is judged without it. */
function frozenCheck(error: ApiError): Check {
  return required('supervisor', 'does not answer', findingOf(error, 'critical'));
}

/** The directories, if something is doubtful about them. */
function directoryChecks({directoryDoubts}: Wiring): readonly Check[] {
  return directoryDoubts.map((doubt) => forceable('directories', 'doubtful', warningOf(doubt)));
}

type RunningEngine = Pick<UnendedRun, 'settings' | 'isServing'>;

/** The engine that runs, by its supervisor, or by the journal of one that is gone; null for none. */
async function servingEngine(
  {directories, environment}: Wiring,
  running: Snapshot | null,
): Promise<Result<RunningEngine | null, ApiError>> {
  if (running !== null) {
    const {settings, runId, state} = running.engine;
    return ok(runId === null || settings === null ? null : {settings, isServing: isServingState(state)});
  }
  const found = await requireKnownEngine(directories);
  // Where the environment names an nvidia-smi, a simulated engine does not run on its GPUs.
  const isOther = environment['GANTRY_NVIDIA_SMI'] !== undefined && found.ok && found.value?.simulatedNode !== null;
  return isOther ? ok(null) : found;
}

/** Whether the configuration is what the engine and the supervisor use: one check for each problem. */
function configurationChecks(wiring: Wiring, running: Snapshot | null): readonly Check[] {
  if (running === null) {
    const {configurationFile} = wiring;
    return [
      forceable('configuration', existsSync(configurationFile) ? configurationFile : `${configurationFile} ${NO_FILE}`),
    ];
  }
  const {file} = running.configuration;
  const reported = running.findings.filter(({code, severity}) => severity === 'warning' && isOfConfiguration(code));
  const knownCodes = new Set(reported.map(({code}) => code));
  const ofCommand = commandFindings(wiring, running).filter(({code}) => !knownCodes.has(code));
  const problems = [...reported, ...ofCommand];
  if (problems.length === 0) {
    return [forceable('configuration', `${file} ${existsSync(file) ? 'is in force' : NO_FILE}`)];
  }
  return problems.map((finding) => forceable('configuration', file, finding));
}

/** Settings of the next start that differ from the configuration of this command, and why. */
function startChecks(inForce: SettingsInForce, isSimulated: boolean): readonly Check[] {
  const texts = startDifferences(inForce);
  if (texts.length === 0) return [];
  const taken = limitedList(texts, MOST_NAMED);
  return [
    forceable(
      'settings',
      isSimulated ? `a start takes ${taken}` : `s in the console takes ${taken}; gantry up does not`,
    ),
  ];
}

function isOfConfiguration(code: string): boolean {
  return code.startsWith('configuration.');
}

/** The checks of the start, and what else decides how long an engine lives. */
export function doctorChecks(checks: readonly Check[], manager: LoginManager): readonly Check[] {
  return [
    forceable('Node', process.version),
    ...checks,
    forceable('logout', logoutSentence(manager), logoutFinding(manager)),
  ];
}
