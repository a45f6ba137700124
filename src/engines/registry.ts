import type {Engine} from './engine.ts';
import {engines} from './engine-list.ts';

/** The engine with this name, as written in settings. */
export function findEngine(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}
