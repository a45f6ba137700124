import type {GpuView, Snapshot} from '../../../api/snapshot.ts';
import {isAbsent, mapReading, type Reading} from '../../../samples/reading.ts';
import {gauge, type Metric, type Point} from './metric.ts';

type Budget = Exclude<GpuView['budget'], {readonly absent: string}>;

/** Parts of the plan that are in the budget of the engine, and what is expected besides. */
const budgetParts: Readonly<Record<string, (budget: Budget) => number>> = {
  weights: ({weightsBytes}) => weightsBytes,
  kv_cache: ({kvCachePoolBytes}) => kvCachePoolBytes,
  overhead: ({overheadBytes}) => overheadBytes,
  outside: ({outsideBytes}) => outsideBytes,
};

/** The GPUs, what is planned for each, and what it has beyond that. */
export const gpuMetrics: readonly Metric<Snapshot>[] = [
  gauge(
    'gantry_gpu_info',
    'Always 1; labels name the GPU. A GPU without a uuid has none here.',
    ['gpu', 'uuid', 'name'],
    ({gpus}) =>
      gpus.flatMap(({index, uuid, name}) =>
        isAbsent(uuid) ? [] : [{labels: {gpu: String(index), uuid, name: isAbsent(name) ? '' : name}, value: 1}],
      ),
  ),
  ofEach('gantry_gpu_memory_used_bytes', 'GPU memory in use.', (gpu) => gpu.memoryUsedBytes),
  ofEach('gantry_gpu_memory_free_bytes', 'GPU memory free.', (gpu) => gpu.memoryFreeBytes),
  ofEach('gantry_gpu_memory_total_bytes', 'GPU memory in total.', (gpu) => gpu.memoryTotalBytes),
  gauge(
    'gantry_gpu_budget_bytes',
    'GPU memory by the plan: weights, kv_cache and overhead of the engine, and what is expected outside its budget.',
    ['gpu', 'part'],
    ({gpus}) => gpus.flatMap(budgetPoints),
  ),
  ofEach('gantry_gpu_budget_limit_bytes', 'What the engine may use of the GPU memory, by its own rule.', (gpu) =>
    mapReading(gpu.budget, ({budgetBytes}) => budgetBytes),
  ),
  ofEach(
    'gantry_plan_error_bytes',
    'GPU memory in use beyond the plan, without what other programs use; negative for less.',
    ({budget}) => (isAbsent(budget) ? budget : budget.unexplainedBytes),
  ),
  ofEach(
    'gantry_gpu_utilization_ratio',
    'Fraction of time with a running GPU kernel, 0 to 1.',
    (gpu) => gpu.utilizationRatio,
  ),
  ofEach('gantry_gpu_temperature_celsius', 'GPU temperature.', (gpu) => gpu.temperatureCelsius),
  ofEach('gantry_gpu_power_draw_watts', 'Power drawn.', (gpu) => gpu.powerDrawWatts),
  ofEach('gantry_gpu_power_limit_watts', 'Power limit.', (gpu) => gpu.powerLimitWatts),
  ofEach('gantry_gpu_healthy', '0 for a GPU with a fault reported by the driver.', ({fault}) =>
    fault === null ? 1 : 0,
  ),
];

function ofEach(name: string, help: string, read: (gpu: GpuView) => Reading<number>): Metric<Snapshot> {
  return gauge(name, help, ['gpu'], ({gpus}) =>
    gpus.map((gpu) => ({labels: {gpu: String(gpu.index)}, value: read(gpu)})),
  );
}

function budgetPoints({index, budget}: GpuView): readonly Point[] {
  return Object.entries(budgetParts).map(([part, read]) => ({
    labels: {gpu: String(index), part},
    value: mapReading(budget, read),
  }));
}
