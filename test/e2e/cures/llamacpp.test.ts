import {describe} from 'vitest';
import {testCures} from './test-cures.ts';

describe('what is offered after a failed start of llama.cpp', () => testCures('llamacpp'));
