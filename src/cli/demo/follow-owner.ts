import {rm} from 'node:fs/promises';
import type {ApiClient} from '../../client/api-client.ts';
import {atBeats} from '../../sources/host/beat.ts';
import {type DemoOwner, isOwnerAlive, readOwner} from './demo-owner.ts';
import {stopEverything} from './end-demo.ts';

const LOOK_MS = 1_000;

/**
 * In the supervisor of a simulated node: ends engine and supervisor once the command that the node is for has ended,
 * however it did. Returns a function that stops following, and removes what the node leaves if it was ended.
 */
export function followOwner(nodeDirectory: string, client: ApiClient): () => Promise<void> {
  let gone: DemoOwner | null = null;
  let isEnding = false;
  const look = (): void => {
    if (isEnding) return;
    const owner = readOwner(nodeDirectory);
    if (owner === null || isOwnerAlive(owner)) return;
    gone = owner;
    isEnding = true;
    // A stop that was refused, while a start is being judged for instance, is asked for again.
    void stopEverything(client).finally(() => {
      isEnding = false;
    });
  };
  const endLooking = atBeats(LOOK_MS, look, {place: 'before-second'});
  return async () => {
    endLooking();
    if (gone !== null) await rm(gone.directory, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
  };
}
