import {testScenarios} from './test-scenarios.ts';

testScenarios('vllm');
