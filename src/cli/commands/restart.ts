import type {ApiError} from '../../api/commands.ts';
import type {Preview, PreviewRequestInput} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {ok, type Result} from '../../shared/result.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../views/glyphs.ts';
import {restartPreviewRows, restartWarnings} from '../../views/restart/restart-preview.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {printError, printJson, printProgress, printText} from '../output.ts';
import {previewDocument} from '../planning/preview-text.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {commandFindings, printCommandFindings} from '../supervision/command-findings.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {sendCommand} from '../supervision/process/revive-supervisor.ts';
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
  const {output} = wiring.value;
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
  if (options.dryRun === true) return dryRun(wiring.value, findings, command, global.ascii === true);
  await printWarnings(wiring.value, command);
  const reply = await sendCommand(wiring.value, command);
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, {
    shouldWait: options.wait === true,
    asked: options.settings,
    commandFindings: findings,
  });
}

/** Who the restart hits, and whether its plan is tight, before it is sent: the same as the dry run and the dialogs say. */
async function printWarnings({client, output}: Wiring, command: RestartInput): Promise<void> {
  const preview = await previewNow(client, command);
  // A restart that cannot be judged is refused with the reason when it is sent.
  if (!preview.ok || preview.value.preview.blockers.length > 0) return;
  for (const warning of restartWarnings(preview.value.snapshot, preview.value.preview))
    printProgress(output, `warning: ${warning}`);
}

/** A preview, and what is known after it: for a preview the supervisor reads again which agents are connected. */
async function previewNow(
  client: Wiring['client'],
  command: RestartInput,
): Promise<Result<{readonly preview: Preview; readonly snapshot: Snapshot}, ApiError>> {
  const preview = await client.preview({command});
  if (!preview.ok) return preview;
  const snapshot = await client.getSnapshot();
  return snapshot.ok ? ok({preview: preview.value, snapshot: snapshot.value}) : snapshot;
}

async function dryRun(
  {client, output}: Wiring,
  findings: readonly Finding[],
  command: RestartInput,
  isAscii: boolean,
): Promise<ExitCode> {
  const answer = await previewNow(client, command);
  if (!answer.ok) return printError(output, answer.error);
  const {preview, snapshot} = answer.value;
  const {settings, plan, blockers, remarks} = preview;
  if (output.isJson) {
    const warnings = restartWarnings(snapshot, preview);
    printJson(output, {...previewDocument(preview), warnings, commandFindings: findings});
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
