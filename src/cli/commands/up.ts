import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {settingNames, settingPath} from '../../domain/settings/settings-table.ts';
import {ALSO_RUNNING} from '../../supervisor/state-dir/recovery/recovery-findings.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {type Output, printError, printJson, printProgress, printRows} from '../output.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {commandFindings, printCommandFindings} from '../supervision/command-findings.ts';
import {configuredLaunch, flaggedLaunch} from '../supervision/configured-launch.ts';
import {ensureSupervisor} from '../supervision/ensure-supervisor.ts';
import {sendCommand} from '../supervision/process/revive-supervisor.ts';
import {hasLostFile, notInForceFindings} from '../supervision/start-of-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

type UpOptions = LaunchOptions & {readonly dryRun?: boolean; readonly force?: boolean; readonly wait?: boolean};

/**
 * `gantry up`: plans, then starts; refused if it does not fit, unless forced. `--dry-run` only shows the start. In a demo
 * it starts the simulated engine, with the settings that it had.
 */
export async function runUp(global: GlobalOptions, options: UpOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {loaded, output} = wiring.value;
  const {settings, origins} = flaggedLaunch(configuredLaunch(loaded), options.settings);
  if (options.dryRun === true) return dryRun(wiring.value, settings, options);
  const supervisor = await ensureSupervisor(wiring.value, null);
  if (!supervisor.ok) return printError(output, supervisor.error);
  printSimulated(output, supervisor.value);
  printCommandFindings(
    output,
    supervisor.value.findings.filter(({code}) => code === ALSO_RUNNING),
  );
  const takesNext = takesNextSettings(wiring.value, supervisor.value);
  const findings = takesNext
    ? lostFileFindings(wiring.value, supervisor.value)
    : commandFindings(wiring.value, supervisor.value, isLaunchSetting);
  printCommandFindings(output, findings);
  const start = takesNext ? {change: options.settings} : {settings, origins};
  const reply = await sendCommand(wiring.value, {type: 'start', ...start, force: options.force === true});
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, {
    shouldWait: options.wait === true,
    asked: takesNext ? options.settings : settings,
    commandFindings: findings,
  });
}

/**
 * True where the supervisor's own next settings are started: its file is lost, or the node is simulated, whose engine has
 * a model and a port of its own.
 */
function takesNextSettings(wiring: Wiring, running: Snapshot): boolean {
  return running.simulated || hasLostFile(wiring, running);
}

/** Says which node this is about, and how to get back to this host. */
function printSimulated(output: Output, {simulated, supervisor}: Snapshot): void {
  if (!simulated) return;
  const host = `For this host: gantry down, then kill ${supervisor.pid} (the supervisor of the demo).`;
  printProgress(output, `SIMULATED: this starts the engine of the simulated node (gantry demo). ${host}`);
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
async function dryRun(wiring: Wiring, settings: LaunchSettings, options: UpOptions): Promise<ExitCode> {
  const [{askStartPreview, isFrozen}, present] = await Promise.all([
    import('../planning/ask-preview.ts'),
    wiring.client.getSnapshot(),
  ]);
  if (!present.ok && isFrozen(present.error)) return printError(wiring.output, present.error);
  const running = present.ok ? present.value : null;
  if (running !== null) printSimulated(wiring.output, running);
  const force = options.force === true;
  const takesNext = running !== null && takesNextSettings(wiring, running);
  if (takesNext) printCommandFindings(wiring.output, lostFileFindings(wiring, running));
  const start = takesNext ? {change: options.settings} : {settings};
  const preview = await askStartPreview(wiring, running, {...start, force});
  if (!preview.ok) return printError(wiring.output, preview.error);
  await printPreview(wiring, preview.value);
  return preview.value.blockers.length > 0 ? exitCodes.refused : exitCodes.done;
}

async function printPreview({output, environment, appearance}: Wiring, preview: Preview): Promise<void> {
  const {launchTextOf, previewDocument} = await import('../planning/preview-text.ts');
  if (output.isJson) {
    printJson(output, previewDocument(preview));
    return;
  }
  const [{launchRows}, {textStyleOf}] = await Promise.all([
    import('../../views/text/launch-text.ts'),
    import('../print-rows.ts'),
  ]);
  const style = textStyleOf(process.stdout, environment, appearance);
  printRows(output, launchRows(launchTextOf(preview), style), style);
}
