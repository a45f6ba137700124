import type {Engine} from './engine.ts';
import {engines} from './engine-list.ts';

/** The engine of this name, as settings have it. */
export function findEngine(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}
