import {expect, test} from 'vitest';
import {dropStartVariables, withStartVariables} from '../../../src/cli/service/process-memory.ts';

test('a supervisor is started with variables of Gantry, which its engines do not inherit; those of the operator stay', () => {
  const operators = {PATH: '/bin', MALLOC_ARENA_MAX: '4'};
  const started: NodeJS.ProcessEnv = withStartVariables(operators);
  expect(started).toMatchObject({PATH: '/bin', MALLOC_ARENA_MAX: '4', UV_USE_IO_URING: '0'});
  dropStartVariables(started);
  expect(started).toEqual(operators);
});
