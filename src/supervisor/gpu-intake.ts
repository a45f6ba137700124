import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import type {GpuProcessList} from '../samples/gpu.ts';
import type {GpuSourceEvent} from '../sources/nvidia-smi/gpu-source-event.ts';
import type {CurrentPlan} from './launch/current-plan.ts';
import type {StartConditions} from './launch/start-conditions.ts';
import type {EngineController} from './loop/engine-controller.ts';
import type {Observer} from './snapshot/observer.ts';
import {type OwnFindings, SESSION_UNREAD, sessionUnread} from './snapshot/own-findings.ts';

type Parts = {
  readonly engine: Pick<EngineController, 'state' | 'attributed'>;
  readonly observer: Observer;
  readonly own: OwnFindings;
  readonly plan: CurrentPlan;
  readonly conditions: Pick<StartConditions, 'checkModel' | 'checkEngine'>;
  /** Of the engine that runs, or would be started. */
  readonly settings: () => LaunchSettings;
};

/**
 * Takes what the source of the GPUs says. Lists of processes are observed without rows of which it is unknown whether they
 * are the engine's: a worker must not be reported as another program, nor its memory be in the way of its own restart; not
 * a new one, and not one that is being ended.
 */
export function createGpuIntake({engine, observer, own, plan, conditions, settings}: Parts) {
  const attributed = async (list: GpuProcessList): Promise<GpuProcessList> => {
    try {
      const known = await engine.attributed(list.processes);
      own.resolve(SESSION_UNREAD);
      return known;
    } catch (error) {
      own.add(sessionUnread(error));
      return list;
    }
  };
  const onProcesses = async (event: Extract<GpuSourceEvent, {type: 'processes'}>): Promise<void> => {
    const list = await attributed(event);
    observer.observe({type: 'gpus', event: {...event, ...list}});
  };
  const onInventory = async ({inventory}: Extract<GpuSourceEvent, {type: 'inventory'}>): Promise<void> => {
    const {processes} = await attributed(inventory);
    observer.observe({type: 'gpus', event: {type: 'inventory', inventory: {...inventory, processes}}});
    if (engine.state.run === null) plan.renew(settings());
    else plan.follow(settings(), true);
    void conditions.checkModel();
    void conditions.checkEngine();
  };
  return (event: GpuSourceEvent): void => {
    if (event.type === 'inventory') void onInventory(event);
    else if (event.type === 'processes') void onProcesses(event);
    else {
      observer.observe({type: 'gpus', event});
      if (event.type === 'frame') plan.follow(settings(), engine.state.run !== null);
    }
  };
}
