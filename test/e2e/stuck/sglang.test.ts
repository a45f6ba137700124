import {describe} from 'vitest';
import {apiServer, testStuckProcesses, worker} from './test-stuck-processes.ts';

describe('processes of SGLang', () => testStuckProcesses('sglang', [apiServer, worker]));
