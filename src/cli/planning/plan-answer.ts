import {type ApiError, refusalOf} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {type PlannedModel, type PlanRefusal, resolveModel} from '../../domain/memory/model/planned-model.ts';
import {isWeightFormat, type WeightFormat} from '../../domain/memory/model/quantization.ts';
import {type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {type GuideNode, nominalGuide} from '../../domain/memory/nominal/nominal-guide.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {planMatrix} from '../../engines/planning/calibrated-matrix.ts';
import {planCalibrated} from '../../engines/planning/plan-calibrated.ts';
import {planSettings} from '../../engines/planning/plan-settings.ts';
import {type KnownVersions, plannedVersion} from '../../engines/planning/planned-version.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {settingsRefusals} from '../../supervisor/launch/checks/check-engine.ts';
import {matrixRows} from '../../views/plan/matrix-text.ts';
import {nominalRows} from '../../views/plan/nominal-text.ts';
import {planRows} from '../../views/plan/plan-text.ts';
import type {TextOptions} from '../../views/plan/text-lines.ts';
import type {Row} from '../../views/rows.ts';
import {type ExitCode, exitCodeOf, exitCodes} from '../exit-codes.ts';
import {type ChosenNode, catalogNode} from './plan-node.ts';
import {fitSettings, type PlanOptions, settingsOf} from './plan-settings-of.ts';
import {takenMemoryFindings} from './plan-taken-memory.ts';
import {settingsFromText} from './settings-from-text.ts';
import type {SettingsInForce, SettingsOwner} from './settings-in-force.ts';

/** Dependencies of `gantry plan`. */
export type PlanWorld = {
  readonly inForce: SettingsInForce;
  readonly lookUpModel: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  /** What is known of the version of an engine on this node or the simulated one, from files and the supervisor. */
  readonly readVersions: (engine: string, isSimulated: boolean) => Promise<Omit<KnownVersions, 'engineVersion'>>;
  /** Outcomes of earlier starts on this node or the simulated one, the newest first. */
  readonly readOutcomes: (isSimulated: boolean) => Result<readonly PlanOutcome[], ApiError>;
  /** The GPUs of this host. */
  readonly readHost: () => Promise<Result<ChosenNode, ApiError>>;
  /** What a start on this host would do. */
  readonly previewStart: (settings: LaunchSettings) => Promise<Result<Preview, ApiError>>;
};

/** An answer as a document and as text. */
export type PlanAnswer = {
  readonly document: object;
  readonly rows: (text: TextOptions) => readonly Row[];
  readonly exitCode: ExitCode;
};

/** Why there is none, with the exit code: 2 for the command line, 78 for the configuration. */
export type PlanError = {readonly error: ApiError; readonly exitCode: ExitCode};

/** Answers `gantry plan`: one plan, the matrix, or the published guide's tables. */
export async function answerPlan(world: PlanWorld, options: PlanOptions): Promise<Result<PlanAnswer, PlanError>> {
  const launch = settingsOf(world.inForce, options);
  const {settings} = launch;
  const onDisk = await world.lookUpModel(settings.model);
  if (!onDisk.ok) return err(misnamed(onDisk.error, options));
  const model = resolveModel(settings.model, settings.format, onDisk.value);
  if (!model.ok) return err(refused(model.error, options));
  const asked = {launch, options, model: model.value, onDisk: onDisk.value};
  const answerForCatalog = options.nominal === true ? answerNominal : options.matrix === true ? answerMatrix : null;
  if (answerForCatalog !== null) return answerForCatalog({...asked, ...(await versionsOf(world, asked, false))});
  const chosen = options.gpus === undefined ? await world.readHost() : catalogNode(options.gpus);
  if (!chosen.ok) return err({error: chosen.error, exitCode: exitCodeOf(chosen.error.code)});
  const {node, isSimulated} = chosen.value;
  const fitted = {
    ...asked,
    ...(await versionsOf(world, asked, isSimulated)),
    launch: fitSettings(launch, options, node.gpuCount, model.value.architecture),
  };
  const taken = options.gpus === undefined ? takenMemoryFindings(await world.previewStart(fitted.launch.settings)) : [];
  const {owner} = world.inForce;
  return answerOne(fitted, chosen.value, {taken, owner});
}

type Asked = {
  readonly launch: SettingsWithOrigins;
  readonly options: PlanOptions;
  readonly model: PlannedModel;
  readonly onDisk: ModelOnDisk | null;
  readonly known: KnownVersions;
  readonly outcomes: Result<readonly PlanOutcome[], ApiError>;
};

/** What decides the version to plan for. */
async function versionsOf(
  world: PlanWorld,
  {launch: {settings}, options}: Pick<Asked, 'launch' | 'options'>,
  isSimulated: boolean,
): Promise<Pick<Asked, 'known' | 'outcomes'>> {
  const {engineVersion = null} = options;
  const unread = {installedVersion: null, runningVersion: null};
  const read = engineVersion === null ? await world.readVersions(settings.engine, isSimulated) : unread;
  return {known: {engineVersion, ...read}, outcomes: world.readOutcomes(isSimulated)};
}

/** The version of a plan that is not calibrated. */
function versionOf({launch: {settings}, known, outcomes}: Asked): string | null {
  return plannedVersion(settings.engine, known, outcomes.ok ? outcomes.value : []).engineVersion;
}

function answerOne(
  {launch: {settings, origins}, options, onDisk, known, outcomes}: Asked,
  {node, remarks, cards, findings}: ChosenNode,
  {taken, owner}: {readonly taken: readonly Finding[]; readonly owner: SettingsOwner},
): Result<PlanAnswer, PlanError> {
  const planned = planCalibrated(settings, {node, onDisk, ...known}, outcomes.ok ? outcomes.value : []);
  if (!planned.ok) return err(refused(planned.error, options));
  const ofSettings = settingsRefusals(settings, {onDisk, version: planned.value.engine.version});
  const plan: MemoryPlan = {
    ...planned.value,
    ...verdictOf(ofSettings),
    findings: [
      // A lost GPU explains a plan that needs all of them.
      ...findings,
      ...ofSettings,
      ...planned.value.findings,
      ...taken,
      ...(outcomes.ok ? [] : [unreadOutcomes(outcomes.error)]),
    ],
  };
  return ok({
    document: {schemaVersion: 1, ...plan, settingsOwner: owner, settingOrigins: origins},
    rows: (text) =>
      planRows(plan, {
        ...text,
        isExplained: options.explain === true,
        remarks,
        cards,
        settingsFrom: settingsFromText(owner, origins),
      }),
    exitCode: plan.verdict === 'does-not-fit' ? exitCodes.refused : exitCodes.done,
  });
}

/** What forbids a start on any node comes before what its memory says. */
function verdictOf([first]: readonly Finding[]): Partial<Pick<MemoryPlan, 'verdict' | 'reason'>> {
  return first === undefined ? {} : {verdict: 'does-not-fit', reason: first.message};
}

function unreadOutcomes({message, remedy}: ApiError): Finding {
  return {
    code: 'memory.calibration-unread',
    severity: 'info',
    message: `Measurements of earlier starts could not be read; the plan is estimated: ${message}`,
    evidence: null,
    remedy,
    settingsChange: null,
  };
}

function planOn(asked: Asked, node: PlannedNode, format: string): Result<MemoryPlan, PlanRefusal> {
  const {launch, options, model, onDisk} = asked;
  const {settings} = fitSettings(launch, options, node.gpuCount, model.architecture);
  return planSettings({...settings, format}, {node, onDisk, engineVersion: versionOf(asked), learned: null});
}

function answerMatrix(asked: Asked): Result<PlanAnswer, PlanError> {
  const {
    launch: {settings},
    options,
    onDisk,
  } = asked;
  const version = versionOf(asked);
  const [refusal] = settingsRefusals(settings, {onDisk, version});
  if (refusal !== undefined) return err({error: refusalOf(refusal), exitCode: exitCodes.refused});
  const chosen = options.gpus === undefined ? null : catalogNode(options.gpus);
  if (chosen?.ok === false) return err({error: chosen.error, exitCode: exitCodeOf(chosen.error.code)});
  const matrix = planMatrix({
    settings,
    onDisk,
    engineVersion: version,
    node: chosen?.value.node ?? null,
    isOneFormat: options.settings.format !== undefined,
    contextLengthTokens: options.settings.contextLengthTokens ?? null,
    isSpreadFixed: options.settings.tensorParallelSize !== undefined,
  });
  if (!matrix.ok) return err(refused(matrix.error, options));
  const {value} = matrix;
  return ok({
    document: {schemaVersion: 1, ...value},
    rows: (text) => matrixRows(value, text),
    exitCode: exitCodes.done,
  });
}

const guideFormats: readonly WeightFormat[] = ['bf16', 'fp8', 'int4'];
/** The rows of the guide's table. */
const guideNodes = [
  ['fp8', '8xH200'],
  ['fp8', '8xH100'],
  ['int4', '8xH100'],
] as const;

function answerNominal(asked: Asked): Result<PlanAnswer, PlanError> {
  const {launch, options, model, onDisk} = asked;
  const {settings} = launch;
  const {format} = model.checkpoint;
  const named = isWeightFormat(format) && !guideFormats.includes(format) ? [...guideFormats, format] : guideFormats;
  const formats = options.settings.format !== undefined && isWeightFormat(format) ? [format] : named;
  const {gpus} = options;
  const wanted =
    gpus === undefined
      ? guideNodes.filter(([name]) => formats.includes(name))
      : formats.map((name) => [name, gpus] as const);
  const models: PlannedModel[] = [];
  for (const name of formats) {
    const found = resolveModel(settings.model, name, onDisk);
    if (!found.ok) return err(refused(found.error, options));
    models.push(found.value);
  }
  const nodes: GuideNode[] = [];
  for (const [name, spec] of wanted.length === 0 ? formats.map((only) => [only, '8xH100'] as const) : wanted) {
    const node = guideNode({...asked, options: {...options, gpus: spec}}, name, spec);
    if (!node.ok) return node;
    nodes.push(node.value);
  }
  const guide = nominalGuide(models, nodes);
  if (guide === null) return err(refused(noGuide(settings.model), options));
  return ok({
    document: {schemaVersion: 1, ...guide},
    rows: (text) => nominalRows(guide, text),
    exitCode: exitCodes.done,
  });
}

function guideNode(asked: Asked, format: WeightFormat, spec: string): Result<GuideNode, PlanError> {
  const {launch, options, onDisk} = asked;
  const {settings} = launch;
  const node = parseNodeSpec(spec);
  const chosen = catalogNode(spec);
  if (!node.ok || !chosen.ok) {
    const error = chosen.ok ? noGuide(settings.model) : chosen.error;
    return err({error, exitCode: exitCodeOf(error.code)});
  }
  const model = resolveModel(settings.model, format, onDisk);
  if (!model.ok) return err(refused(model.error, options));
  const plan = planOn({...asked, model: model.value}, node.value, format);
  if (!plan.ok) return err(refused(plan.error, options));
  return ok({format, node: node.value, model: model.value, plan: plan.value});
}

function noGuide(model: string): PlanRefusal {
  return {
    code: 'memory.no-nominal',
    message: `${model} has no format that the published guide covers`,
    remedy: 'Omit --nominal.',
  };
}

function refused(error: PlanRefusal, options: PlanOptions): PlanError {
  return misnamed({...error, message: `${error.message}.`}, options);
}

/** A problem in full sentences, prefixed with the flag or key that caused it. */
function misnamed(error: ModelProblem, options: PlanOptions): PlanError {
  const isFormat = error.code === 'memory.unknown-format';
  const isNamed = isFormat ? options.settings.format !== undefined : options.settings.model !== undefined;
  const place = isFormat ? (isNamed ? '--format' : 'engine.format') : isNamed ? '--model' : 'engine.model';
  const message = `${place}: ${error.message}`;
  return {error: {...error, message}, exitCode: isNamed ? exitCodes.usage : exitCodes.configuration};
}
