import {access, constants, mkdir} from 'node:fs/promises';
import {homedir, userInfo} from 'node:os';
import {toEngineChoice, toLaunchSettings} from '../../config/configuration.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type LoginManager, logoutFinding, logoutSentence} from '../../domain/diagnosis/logout-survival.ts';
import type {Check} from '../../domain/preflight/host-checks.ts';
import {findEngine} from '../../engines/registry.ts';
import {isPresent} from '../../samples/reading.ts';
import {readLoginManager} from '../../sources/host/login-manager.ts';
import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {readGpusOnce} from '../../sources/nvidia-smi/read-gpus-once.ts';
import {checkHost} from '../../supervisor/launch/check-host.ts';
import {createInstalledEngines, searchPlaces} from '../../supervisor/launch/installed-engines.ts';
import {planNode} from '../../supervisor/launch/plan-cards.ts';
import {doctorText} from '../../views/text/doctor-text.ts';
import {chooseNvidiaSmi} from '../choose-nvidia-smi.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const READ_TIMEOUT_MS = 20_000;
const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};

/** `gantry doctor`: whether this host can run the configured engine; starts nothing. Exit code 1 where something blocks. */
export async function runDoctor(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const checks = await allChecks(wiring.value);
  const {output} = wiring.value;
  if (output.isJson) printJson(output, {schemaVersion: 1, checks});
  else printText(output, doctorText(checks, process.stdout.columns ?? 80));
  return checks.some(({finding}) => finding?.severity === 'critical') ? exitCodes.refused : exitCodes.done;
}

async function allChecks(wiring: Wiring): Promise<readonly Check[]> {
  const {configuration, directories, environment} = wiring;
  const settings = toLaunchSettings(configuration);
  const {executable, simulated} = await chooseNvidiaSmi(wiring);
  const [cards, model, installation] = await Promise.all([
    readGpusOnce({executable, timeoutMs: READ_TIMEOUT_MS, clock}),
    lookUpModel(settings.model, {workingDirectory: process.cwd(), homeDirectory: homedir(), variables: environment}),
    simulated ? {name: 'engine', detail: 'simulated', finding: null} : engineCheck(wiring),
  ]);
  const onDisk = model.ok ? model.value : null;
  const plan = planNode(settings, cards.inventory?.gpus ?? [], {onDisk: () => onDisk, outcomes: []});
  const worst = cards.findings.find(({severity}) => severity === 'critical') ?? cards.findings[0] ?? null;
  const count = cards.inventory?.gpus.length ?? 0;
  const driver = cards.inventory?.driverVersion;
  return [
    {name: 'Node', detail: process.version, finding: null},
    {
      name: 'nvidia-smi',
      detail: `${executable}: ${count} cards, driver ${driver !== undefined && isPresent(driver) ? driver : 'not known'}`,
      finding: worst,
    },
    installation,
    {
      name: 'plan',
      detail: isPresent(plan) ? plan.reason : plan.absent,
      finding:
        isPresent(plan) && plan.verdict === 'does-not-fit'
          ? problem('doctor.does-not-fit', 'critical', plan.reason, plan.findings[0]?.remedy ?? 'See gantry plan.')
          : isPresent(plan)
            ? null
            : problem(
                'doctor.no-plan',
                'warning',
                `Nothing could be planned: ${plan.absent}.`,
                'See gantry plan --gpus.',
              ),
    },
    ...(await checkHost(
      {settings, plan, model: onDisk, clock},
      {nvidiaSmiPath: executable, simulated, directories, environment},
    )),
    await writableCheck(directories.stateDir),
    logoutCheck(await readLoginManager(userInfo().username)),
  ];
}

function logoutCheck(manager: LoginManager): Check {
  return {name: 'logout', detail: logoutSentence(manager), finding: logoutFinding(manager)};
}

async function engineCheck({configuration, environment}: Wiring): Promise<Check> {
  const engine = findEngine(configuration.engine.name);
  if (engine === undefined) throw new Error(`the configuration let ${configuration.engine.name} pass`);
  const find = createInstalledEngines((one) => searchPlaces(one, toEngineChoice(configuration), environment), clock);
  const found = await find(engine);
  if (!found.ok) {
    const {code, message, remedy} = found.error;
    return {
      name: 'engine',
      detail: `${engine.displayName}: not found`,
      finding: problem(code, 'critical', message, remedy),
    };
  }
  const {version} = found.value;
  return {
    name: 'engine',
    detail: `${engine.displayName} ${version ?? 'of a version that is not known'}`,
    finding: version === null ? null : engine.installation.findVersionProblem(version, configuration.engine.model),
  };
}

async function writableCheck(directory: string): Promise<Check> {
  const name = 'state directory';
  try {
    await mkdir(directory, {recursive: true, mode: 0o700});
    await access(directory, constants.W_OK | constants.X_OK);
    return {name, detail: directory, finding: null};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      name,
      detail: directory,
      finding: problem(
        'doctor.state-unwritable',
        'critical',
        `${directory} cannot be written (${reason}).`,
        'Make it this user\u2019s own, or name another with GANTRY_STATE_DIR.',
      ),
    };
  }
}

function problem(code: string, severity: Finding['severity'], message: string, remedy: string): Finding {
  return {code, severity, message, evidence: null, remedy, settingsChange: null};
}
