import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {loadSeries, observedLoad} from '../../domain/cost/right-size/observed-load.ts';
import {type RightSize, rightSize} from '../../domain/cost/right-size/right-size.ts';
import {inputOfPlan} from '../../engines/planning/input-of-plan.ts';
import {absent, isAbsent, valueOrNull} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {modelEnvironment} from '../../supervisor/launch/model-environment.ts';
import {homeDirectory} from '../../supervisor/operating-user.ts';
import {rightSizeRows} from '../../views/text/right-size-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const SCHEMA_VERSION = 1;

/** `gantry right-size`: how large context and node have to be for what was asked of this node; asks the supervisor. */
export async function runRightSize(global: GlobalOptions, {since}: {readonly since: number}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance, client} = wiring.value;
  const snapshot = await client.getSnapshot();
  if (!snapshot.ok) return printError(output, snapshot.error);
  const size = await sizeOf(wiring.value, snapshot.value, since);
  if (!size.ok) return printError(output, size.error);
  const {simulated} = snapshot.value;
  if (output.isJson) {
    printJson(output, {schemaVersion: SCHEMA_VERSION, simulated, ...size.value});
    return exitCodes.done;
  }
  if (simulated) printProgress(output, 'SIMULATED: traffic of the simulated node.');
  const style = textStyleOf(process.stdout, environment, appearance);
  printRows(output, rightSizeRows(size.value, style), style);
  return exitCodes.done;
}

async function sizeOf(
  {client, loaded, environment}: Wiring,
  {plan, kvCache, cost}: Snapshot,
  windowMs: number,
): Promise<Result<RightSize, ApiError>> {
  if (isAbsent(plan)) return err(noPlan(plan.absent));
  const nowMs = Date.now();
  const history = await client.getHistory({
    ...{series: [...loadSeries], gpuSeries: [], requests: true},
    ...{windowMs, untilMs: nowMs},
  });
  if (!history.ok) return history;
  const variables = {homeDirectory: homeDirectory(), variables: environment};
  const onDisk = await lookUpModel(plan.settings.model, modelEnvironment(variables));
  const input = inputOfPlan(plan, onDisk.ok ? onDisk.value : null);
  if (!input.ok) return err(noPlan(input.error.message));
  const {requests, series} = history.value;
  return ok(
    rightSize({
      plan: input.value,
      load: observedLoad({
        sinceMs: nowMs - windowMs,
        untilMs: nowMs,
        series,
        lengths: requests?.lengths ?? absent('none are kept of this time'),
      }),
      kvCapacityTokens: valueOrNull(kvCache.capacityTokens) ?? plan.kvCache.capacityTokens * plan.kvCache.replicas,
      nodeUsdPerHour: valueOrNull(cost.nodeUsdPerHour),
      prices: loaded.prices().published,
      nowMs,
    }),
  );
}

function noPlan(reason: string): ApiError {
  return {
    code: 'plan.absent',
    message: `There is no plan of this node to compare with: ${reason}.`,
    remedy: 'Start an engine, or see what gantry plan says.',
  };
}
