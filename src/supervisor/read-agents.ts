import {isDeepStrictEqual} from 'node:util';
import {readHermes} from '../sources/agents/hermes.ts';
import {homeDirectory} from './operating-user.ts';
import type {Observer} from './snapshot/observer.ts';
import type {SupervisorOptions} from './supervisor-options.ts';

/**
 * Reads which agents of this user are configured for which endpoint: at the start and before every preview, never every
 * second. True if that has changed. An agent of another user is not found.
 */
export async function readAgents(
  {environment}: Pick<SupervisorOptions, 'environment'>,
  {get, observe}: Observer,
): Promise<boolean> {
  const agents = [await readHermes({variables: environment, homeDirectory: homeDirectory()})];
  if (isDeepStrictEqual(agents, get().agents)) return false;
  observe({type: 'agents', agents});
  return true;
}
