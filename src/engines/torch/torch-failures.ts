import {managementFailures} from '../cuda/management-failures.ts';
import {deviceFailures} from '../host/device-failures.ts';
import {systemFailures} from '../host/system-failures.ts';
import {failuresOf} from '../log/engine-failure.ts';
import type {Failure} from '../log/failure-catalog.ts';
import {buildFailures} from './build-failures.ts';
import {cardFailures, cutFailures} from './card-failures.ts';
import {clusterFailures} from './cluster/cluster-failures.ts';
import {transferFailures} from './cluster/transfer-failures.ts';
import {hostFailures} from './host-failures.ts';
import {backendFailures} from './kernels/backend-failures.ts';
import {compileFailures} from './kernels/compile-failures.ts';
import {shapeFailures} from './kernels/shape-failures.ts';
import {valueFailures} from './kernels/value-failures.ts';
import {divisibilityFailures, limitFailures} from './limit-failures.ts';
import {networkConsequences, networkFailures} from './network-failures.ts';
import {precisionFailures} from './precision-failures.ts';
import {releaseFailures} from './release-failures.ts';
import {addressFailures} from './setup/address-failures.ts';
import {argumentFailures} from './setup/argument-failures.ts';
import {configurationFailures, settingFailures} from './setup/configuration-failures.ts';
import {containerFailures} from './setup/container-failures.ts';
import {hubFailures} from './setup/hub-failures.ts';
import {initializationFailures} from './setup/initialization-failures.ts';
import {modelFailures} from './setup/model-failures.ts';
import {packageFailures} from './setup/package-failures.ts';
import {partFailures} from './setup/part-failures.ts';
import {processFailures} from './setup/process-failures.ts';
import {transportFailures} from './setup/transport-failures.ts';
import {versionFailures} from './setup/version-failures.ts';
import {splitFailures} from './split-failures.ts';
import {storageFailures} from './storage-failures.ts';
import type {TorchEngine} from './torch-engine.ts';

/**
 * What Python, PyTorch, CUDA, NCCL and the hub report in every engine built on them. In order of precedence: a rejected command line first; the network
 * before the disk, whose messages /dev/shm uses too, and before the GPUs, whose errors kernels of the network pass on.
 */
export function torchFailures(engine: TorchEngine): readonly Failure[] {
  return failuresOf(engine, [
    ...argumentFailures,
    ...systemFailures,
    ...containerFailures,
    ...managementFailures,
    ...processFailures,
    ...clusterFailures,
    ...addressFailures,
    ...hubFailures,
    ...modelFailures,
    ...configurationFailures,
    ...valueFailures,
    ...partFailures,
    ...splitFailures,
    ...limitFailures,
    ...releaseFailures,
    ...versionFailures,
    ...packageFailures,
    ...compileFailures,
    ...buildFailures,
    ...backendFailures,
    ...precisionFailures,
    ...transportFailures,
    ...transferFailures,
    ...networkFailures,
    ...hostFailures,
    ...storageFailures,
    ...deviceFailures,
    ...initializationFailures,
    ...cardFailures,
    ...divisibilityFailures,
    ...settingFailures,
    ...shapeFailures,
    ...networkConsequences,
    ...cutFailures,
  ]);
}
