import {describe} from 'vitest';
import {testServingFindings} from './test-serving-findings.ts';

describe('findings while vLLM serves', () => testServingFindings('vllm'));
