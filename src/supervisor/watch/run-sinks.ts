import type {RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {WithoutTime} from '../loop/clock.ts';
import type {Observe} from '../snapshot/observation.ts';

/** Where what is seen of a run goes: events to the lifecycle, everything else to the observations. */
export type RunSinks = {readonly post: (event: WithoutTime<RunEvent>) => void; readonly observe: Observe};
