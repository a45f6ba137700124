import type {PreviewRequestInput} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../views/glyphs.ts';
import {restartPreviewRows, restartWarnings} from '../../views/restart/restart-preview.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {printError, printJson, printProgress, printText} from '../output.ts';
import {previewDocument} from '../planning/preview-text.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {commandFindings, printCommandFindings} from '../supervision/command-findings.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

type RestartOptions = LaunchOptions & {
  readonly drain: number;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly lastGood?: boolean;
  readonly rollback?: boolean;
};

type RestartInput = Extract<PreviewRequestInput['command'], {type: 'restart'}>;

/** `gantry restart`: restart with changed settings; `--dry-run` only shows the effect. */
export async function runRestart(global: GlobalOptions, options: RestartOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printError(output, snapshot.error);
  const findings = commandFindings(wiring.value, snapshot.value);
  printCommandFindings(output, findings);
  const command: RestartInput = {
    type: 'restart',
    change: options.settings,
    drainMs: options.drain,
    force: options.force === true,
    lastGood: options.lastGood === true,
    rollback: options.rollback === true,
  };
  if (options.dryRun === true)
    return dryRun(wiring.value, {snapshot: snapshot.value, findings}, command, global.ascii === true);
  await printWarnings(wiring.value, snapshot.value, command);
  const reply = await client.sendCommand(command);
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, {shouldWait: options.wait === true, commandFindings: findings});
}

/** Who the restart hits, and whether its plan is tight, before it is sent: the same as the dry run and the dialogs say. */
async function printWarnings({client, output}: Wiring, snapshot: Snapshot, command: RestartInput): Promise<void> {
  const preview = await client.preview({command});
  // A restart that cannot be judged is refused with the reason when it is sent.
  if (!preview.ok || preview.value.blockers.length > 0) return;
  for (const warning of restartWarnings(snapshot, preview.value)) printProgress(output, `warning: ${warning}`);
}

async function dryRun(
  {client, output}: Wiring,
  {snapshot, findings}: {readonly snapshot: Snapshot; readonly findings: readonly Finding[]},
  command: RestartInput,
  isAscii: boolean,
): Promise<ExitCode> {
  const preview = await client.preview({command});
  if (!preview.ok) return printError(output, preview.error);
  const {settings, plan, blockers, remarks} = preview.value;
  if (output.isJson) {
    const warnings = restartWarnings(snapshot, preview.value);
    printJson(output, {...previewDocument(preview.value), warnings, commandFindings: findings});
  } else {
    const rows = restartPreviewRows({
      snapshot,
      before: snapshot.engine.settings ?? settings,
      after: settings,
      plan,
      blockers,
      drainMs: command.drainMs ?? 0,
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
        .concat(remarks)
        .join('\n'),
    );
  }
  return blockers.length > 0 ? exitCodes.refused : exitCodes.done;
}
