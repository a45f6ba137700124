import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {ownNode} from '../../../src/cli/demo/demo-owner.ts';
import {usingNode} from '../../../src/cli/demo/end-demo.ts';
import {createApiClient} from '../../../src/client/api-client.ts';
import {err} from '../../../src/shared/result.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const gone = err({code: 'supervisor.unavailable', message: 'No supervisor answers.', remedy: ''});

test.each([true, false])('after a failed use, the node is removed only by its owner: %s', async (isOwned) => {
  const home = temporaryDirectory('end-demo');
  const node = path.join(home, 'simulated-node');
  mkdirSync(node);
  if (isOwned) ownNode(node, node);
  const client = createApiClient({socketPath: path.join(home, 'none.sock')});
  expect(await usingNode(client, node, async () => gone)).toEqual(gone);
  expect(existsSync(node)).toBe(!isOwned);
});
