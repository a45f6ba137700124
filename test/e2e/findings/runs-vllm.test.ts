import {describe} from 'vitest';
import {testRunFindings} from './test-run-findings.ts';

describe('findings about runs of vLLM', () => testRunFindings('vllm'));
