import type {Snapshot} from '../../api/snapshot.ts';
import {applySettingsChange, type LaunchSettings, type SettingsChange} from '../../domain/settings/launch-settings.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../views/glyphs.ts';
import {restartPreviewRows} from '../../views/restart/restart-preview.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {type Output, printError, printJson, printText} from '../output.ts';
import {createWhatIf} from '../planning/what-if.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

type RestartOptions = LaunchOptions & {
  readonly drain: number;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly lastGood?: boolean;
  readonly rollback?: boolean;
};

/** `gantry restart`: stop and start with settings changed; `--dry-run` only shows what that would do. */
export async function runRestart(global: GlobalOptions, options: RestartOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printError(output, snapshot.error);
  const change = options.settings;
  if (options.dryRun === true) {
    const from = options.lastGood === true ? snapshot.value.engine.lastGoodSettings : snapshot.value.engine.settings;
    return dryRun(output, snapshot.value, from, change, global.ascii === true);
  }
  const reply = await client.sendCommand({
    type: 'restart',
    change,
    drainMs: options.drain,
    force: options.force === true,
    lastGood: options.lastGood === true,
    rollback: options.rollback === true,
  });
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, options.wait === true);
}

function dryRun(
  output: Output,
  snapshot: Snapshot,
  from: LaunchSettings | null,
  change: SettingsChange,
  isAscii: boolean,
): ExitCode {
  const {settings} = snapshot.engine;
  if (settings === null || from === null) {
    return printError(output, {
      code: 'engine.no-settings',
      message: 'No engine was started on this node yet, so there is nothing to restart.',
      remedy: 'Start one with gantry up.',
    });
  }
  const after = applySettingsChange(from, change);
  const whatIf = createWhatIf(() => null);
  const plan = whatIf(snapshot, after, null);
  if (!plan.ok) return printError(output, plan.error);
  if (output.isJson) {
    printJson(output, {dryRun: true, before: settings, after, plan: plan.value});
  } else {
    const rows = restartPreviewRows({
      snapshot,
      before: settings,
      after,
      plan: plan.value,
      columns: Math.min(process.stdout.columns ?? 80, 100),
      glyphs: isAscii || process.stdout.isTTY !== true ? asciiGlyphs : unicodeGlyphs,
    });
    printText(
      output,
      rows
        .map((row) =>
          row
            .map((span) => span.text)
            .join('')
            .trimEnd(),
        )
        .join('\n'),
    );
  }
  return plan.value.verdict === 'does-not-fit' ? exitCodes.refused : exitCodes.done;
}
