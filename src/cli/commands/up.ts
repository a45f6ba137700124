import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {settingNames, settingPath} from '../../domain/settings/settings-table.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {printError, printJson, printText} from '../output.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {commandFindings, printCommandFindings} from '../supervision/command-findings.ts';
import {configuredLaunch, flaggedLaunch} from '../supervision/configured-launch.ts';
import {ensureSupervisor, knowsEngine} from '../supervision/ensure-supervisor.ts';
import {hasLostFile, notInForceFindings} from '../supervision/start-of-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

type UpOptions = LaunchOptions & {readonly dryRun?: boolean; readonly force?: boolean; readonly wait?: boolean};

const demoRunning: ApiError = {
  code: 'demo.running',
  message: 'The simulated node is running. One supervisor manages only one node.',
  remedy: 'Stop it with gantry down, then run gantry up again.',
};

/** `gantry up`: plans, then starts; refused if it does not fit, unless forced. `--dry-run` only shows the start. */
export async function runUp(global: GlobalOptions, options: UpOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, loaded, output} = wiring.value;
  const {settings, origins} = flaggedLaunch(configuredLaunch(loaded), options.settings);
  if (options.dryRun === true) return dryRun(global, wiring.value, settings, options);
  const supervisor = await ensureSupervisor(wiring.value, null);
  if (!supervisor.ok) return printError(output, supervisor.error);
  if (supervisor.value.simulated) {
    return printError(output, demoRunning);
  }
  const isLost = hasLostFile(wiring.value, supervisor.value);
  const findings = isLost
    ? lostFileFindings(wiring.value, supervisor.value)
    : commandFindings(wiring.value, supervisor.value, isLaunchSetting);
  printCommandFindings(output, findings);
  const start = isLost ? {change: options.settings} : {settings, origins};
  const reply = await client.sendCommand({type: 'start', ...start, force: options.force === true});
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, {shouldWait: options.wait === true, commandFindings: findings});
}

/** A start has its settings from this command, whatever the supervisor's configuration. */
function isLaunchSetting(key: string): boolean {
  return settingNames.some((name) => settingPath(name) === key);
}

/** The supervisor starts with the last valid version of its file: why, and what of this command it does not use. */
function lostFileFindings(wiring: Wiring, running: Snapshot): readonly Finding[] {
  return [...notInForceFindings(running), ...commandFindings(wiring, running)];
}

/** Shows what a start would do. Starts nothing, not even a supervisor. */
async function dryRun(
  global: GlobalOptions,
  wiring: Wiring,
  settings: LaunchSettings,
  options: UpOptions,
): Promise<ExitCode> {
  const [{askStartPreview}, present] = await Promise.all([
    import('../planning/ask-preview.ts'),
    wiring.client.getSnapshot(),
  ]);
  const running = present.ok ? present.value : null;
  if (running?.simulated === true && knowsEngine(running)) return printError(wiring.output, demoRunning);
  // An idle supervisor of the simulated node would be replaced by one for this host.
  const staying = running?.simulated === true ? null : running;
  const force = options.force === true;
  const isLost = staying !== null && hasLostFile(wiring, staying);
  if (isLost) printCommandFindings(wiring.output, lostFileFindings(wiring, staying));
  const start = isLost ? {change: options.settings} : {settings};
  const preview = await askStartPreview(wiring, staying, {...start, force});
  if (!preview.ok) return printError(wiring.output, preview.error);
  await printPreview(global, wiring, preview.value);
  return preview.value.blockers.length > 0 ? exitCodes.refused : exitCodes.done;
}

async function printPreview(global: GlobalOptions, {output, environment}: Wiring, preview: Preview): Promise<void> {
  const {launchTextOf, previewDocument} = await import('../planning/preview-text.ts');
  if (output.isJson) {
    printJson(output, previewDocument(preview));
    return;
  }
  const [{launchRows}, {rowsText, textStyleOf}] = await Promise.all([
    import('../../views/text/launch-text.ts'),
    import('../print-rows.ts'),
  ]);
  const style = textStyleOf(process.stdout, environment, global.ascii === true);
  printText(output, rowsText(launchRows(launchTextOf(preview), style), style, environment));
}
