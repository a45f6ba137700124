import {homedir} from 'node:os';
import {toEngineChoice, toLaunchSettings} from '../../config/configuration.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {historyPath} from '../history-path.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {printError, printJson, printText} from '../output.ts';
import type {LaunchPreview, PreviewWorld} from '../planning/launch-preview.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {ensureSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

type UpOptions = LaunchOptions & {readonly dryRun?: boolean; readonly force?: boolean; readonly wait?: boolean};

const READ_TIMEOUT_MS = 20_000;
const MOST_OUTCOMES = 200;

/** `gantry up`: plan first, then start; refused when it cannot fit, unless forced. `--dry-run` only shows the start. */
export async function runUp(global: GlobalOptions, options: UpOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, configuration, output} = wiring.value;
  const settings = applySettingsChange(toLaunchSettings(configuration), options.settings);
  if (options.dryRun === true) return dryRun(global, wiring.value, settings, options.force === true);
  const supervisor = await ensureSupervisor(wiring.value, null);
  if (!supervisor.ok) return printError(output, supervisor.error);
  if (supervisor.value.simulated) {
    return printError(output, {
      code: 'demo.running',
      message: 'The simulated node is running, and one supervisor looks after one node.',
      remedy: 'End it with gantry down, then run gantry up again.',
    });
  }
  const reply = await client.sendCommand({type: 'start', settings, force: options.force === true});
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, options.wait === true);
}

/** Shows what a start would do. Starts nothing, no supervisor either. */
async function dryRun(
  global: GlobalOptions,
  wiring: Wiring,
  settings: LaunchSettings,
  force: boolean,
): Promise<ExitCode> {
  const [{previewLaunch}, world] = await Promise.all([import('../planning/launch-preview.ts'), previewWorld(wiring)]);
  const preview = await previewLaunch(settings, force, world);
  if (!preview.ok) return printError(wiring.output, preview.error);
  await printPreview(global, wiring, preview.value);
  return preview.value.isRefused ? exitCodes.refused : exitCodes.done;
}

async function printPreview(global: GlobalOptions, {output, environment}: Wiring, preview: LaunchPreview) {
  if (output.isJson) {
    printJson(output, preview.document);
    return;
  }
  const [{launchRows}, {rowsText, textStyleOf}] = await Promise.all([
    import('../../views/text/launch-text.ts'),
    import('../print-rows.ts'),
  ]);
  const style = textStyleOf(process.stdout, environment, global.ascii === true);
  printText(output, rowsText(launchRows(preview.text, style), style, environment));
}

/** What reads cards and models is loaded here alone: a start leaves that to the supervisor. */
async function previewWorld(wiring: Wiring): Promise<PreviewWorld> {
  const {configuration, environment, directories, client} = wiring;
  const [{lookUpModel}, {readGpusOnce}, {installationFinder}, {readOutcomes}, snapshot] = await Promise.all([
    import('../../sources/model-files/look-up-model.ts'),
    import('../../sources/nvidia-smi/read-gpus-once.ts'),
    import('../../supervisor/launch/installed-engines.ts'),
    import('../../history/read-outcomes.ts'),
    client.getSnapshot(),
  ]);
  const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};
  const world = {engineDirectory: null, engineChoice: toEngineChoice(configuration)};
  const taught = readOutcomes(historyPath(directories.dataDir, false), MOST_OUTCOMES);
  const executable = configuration.nvidiaSmi.path;
  return {
    findInstallation: installationFinder({world, environment}, clock),
    // As the supervisor does, whose working directory is the root.
    lookUpModel: (model) =>
      lookUpModel(model, {workingDirectory: '/', homeDirectory: homedir(), variables: environment}),
    outcomes: taught.ok ? taught.value : [],
    readCards: () => readGpusOnce({executable, timeoutMs: READ_TIMEOUT_MS, clock}),
    snapshot: snapshot.ok ? snapshot.value : null,
    variables: environment,
    directories,
    homeDirectory: homedir(),
    nowMs: Date.now(),
  };
}
