import {describe} from 'vitest';
import {apiServer, engineCore, testStuckProcesses, worker} from './test-stuck-processes.ts';

describe('processes of vLLM', () => testStuckProcesses('vllm', [apiServer, engineCore, worker]));
