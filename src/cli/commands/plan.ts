import {homedir} from 'node:os';
import type {ApiError} from '../../api/commands.ts';
import {toLaunchSettings} from '../../config/configuration.ts';
import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import type {ModelOnDisk} from '../../domain/memory/checkpoint.ts';
import type {MemoryPlan} from '../../domain/memory/memory-plan.ts';
import {parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {nominalGuide} from '../../domain/memory/nominal-guide.ts';
import {type PlanRefusal, resolveModel} from '../../domain/memory/planned-model.ts';
import {planMatrix} from '../../engines/plan-matrix.ts';
import {planSettings} from '../../engines/plan-settings.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {asciiGlyphs, type GlyphSet, unicodeGlyphs} from '../../views/glyphs.ts';
import {matrixText} from '../../views/plan/matrix-text.ts';
import {nominalText} from '../../views/plan/nominal-text.ts';
import {planText} from '../../views/plan/plan-text.ts';
import {chooseNvidiaSmi} from '../choose-nvidia-smi.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {type Output, printError, printJson, printText} from '../output.ts';
import {type ChosenNode, catalogNode, hostNode} from '../plan-node.ts';
import {type PlanOptions, settingsToPlan} from '../plan-settings-of.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** Widest text of a plan: it is read, not scanned. */
const MOST_COLUMNS = 100;

/** `gantry plan`: whether a launch fits, before anything starts. Exit code 1 when it does not. */
export async function runPlan(global: GlobalOptions, options: PlanOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, configuration, environment} = wiring.value;
  const configured = toLaunchSettings(configuration);
  const model = options.model ?? configured.model;
  const onDisk = await lookUpModel(model, {
    workingDirectory: process.cwd(),
    homeDirectory: homedir(),
    variables: environment,
  });
  if (!onDisk.ok) return printError(output, onDisk.error);
  const view = {output, glyphs: glyphsOf(global, environment), columns: columnsOf()};
  if (options.nominal === true) return printNominal(view, settingsToPlan(configured, options, 8), onDisk.value);
  const chosen = await chooseNode(wiring.value, options);
  if (options.matrix === true) return printMatrix(view, configured, options, onDisk.value, chosen);
  if (!chosen.ok) return printError(output, chosen.error);
  const {node, remarks} = chosen.value;
  const plan = planSettings(settingsToPlan(configured, options, node.gpuCount), {
    node,
    onDisk: onDisk.value,
    engineVersion: options.engineVersion ?? null,
    learned: null,
  });
  if (!plan.ok) return printError(output, plan.error);
  return printPlan(view, plan.value, options, remarks);
}

type View = {readonly output: Output; readonly glyphs: GlyphSet; readonly columns: number};

function printPlan(
  {output, glyphs, columns}: View,
  plan: MemoryPlan,
  options: PlanOptions,
  remarks: readonly string[],
): ExitCode {
  if (output.isJson) printJson(output, {schemaVersion: 1, ...plan});
  else printText(output, planText(plan, {columns, glyphs, isExplained: options.explain === true, remarks}));
  return plan.verdict === 'does-not-fit' ? exitCodes.refused : exitCodes.done;
}

async function chooseNode(wiring: Wiring, {gpus}: PlanOptions): Promise<Result<ChosenNode, ApiError>> {
  if (gpus !== undefined) return catalogNode(gpus);
  const {executable} = await chooseNvidiaSmi(wiring);
  return hostNode(executable);
}

/** The usual nodes; beside them the one that was named, or this host's cards where it has any. */
function printMatrix(
  {output, glyphs}: View,
  configured: LaunchSettings,
  options: PlanOptions,
  onDisk: ModelOnDisk | null,
  chosen: Result<ChosenNode, ApiError>,
): ExitCode {
  if (!chosen.ok && options.gpus !== undefined) return printError(output, chosen.error);
  const matrix = planMatrix({
    settings: settingsToPlan(configured, options, 8),
    onDisk,
    engineVersion: options.engineVersion ?? null,
    node: chosen.ok ? chosen.value.node : null,
  });
  if (!matrix.ok) return printError(output, matrix.error);
  if (output.isJson) printJson(output, {schemaVersion: 1, ...matrix.value});
  else printText(output, matrixText(matrix.value, glyphs));
  return exitCodes.done;
}

function printNominal({output, glyphs, columns}: View, settings: LaunchSettings, onDisk: ModelOnDisk | null): ExitCode {
  const model = resolveModel(settings.model, settings.format, onDisk);
  if (!model.ok) return printError(output, model.error);
  const plans = new Map<string, Result<MemoryPlan, PlanRefusal>>();
  const guide = nominalGuide(model.value, (format, cardName) => {
    const plan = planOnEight({...settings, format}, cardName, onDisk);
    plans.set(`${format} ${cardName}`, plan);
    return plan.ok ? plan.value.perGpu.weightsBytes : Number.NaN;
  });
  const refused = [...plans.values()].find((plan) => !plan.ok);
  if (refused !== undefined && !refused.ok) return printError(output, refused.error);
  if (output.isJson) printJson(output, {schemaVersion: 1, ...guide});
  else printText(output, nominalText(guide, columns, glyphs));
  return exitCodes.done;
}

function planOnEight(
  settings: LaunchSettings,
  cardName: string,
  onDisk: ModelOnDisk | null,
): Result<MemoryPlan, PlanRefusal> {
  const node = parseNodeSpec(`8x${cardName}`);
  if (!node.ok) return err(node.error);
  const plan = planSettings(
    {...settings, tensorParallelSize: 8},
    {node: node.value, onDisk, engineVersion: null, learned: null},
  );
  return plan.ok ? ok(plan.value) : plan;
}

function glyphsOf(global: GlobalOptions, environment: NodeJS.ProcessEnv): GlyphSet {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return global.ascii === true || !/utf-?8/i.test(locale) ? asciiGlyphs : unicodeGlyphs;
}

function columnsOf(): number {
  return Math.min(process.stdout.columns ?? 80, MOST_COLUMNS);
}
