import {describe, expect, test} from 'vitest';
import type {LaunchCommand} from '../../../src/engines/engine.ts';
import {
  type ContainerRun,
  containerArguments,
  containerName,
  passedVariables,
  removeArguments,
  stopArguments,
} from '../../../src/engines/launch/container-command.ts';

const command: LaunchCommand = {
  arguments: [
    {argv: ['serve', '/models/kimi'], why: 'the model to serve'},
    {argv: ['--port', '8000'], why: 'where the API listens'},
  ],
  environment: [
    {name: 'VLLM_NO_USAGE_STATS', value: '1', why: 'no telemetry', isSecret: false},
    {name: 'VLLM_API_KEY', value: 'sk-secret', why: 'the key of the API', isSecret: true},
  ],
  files: [{path: '/state/runs/r1/tokens', contents: 'sk-secret', why: 'the keys', secret: 'sk-secret'}],
};

const run: ContainerRun = {
  client: 'docker',
  image: 'vllm/vllm-openai:v0.28.0',
  entrypoint: 'vllm',
  name: containerName('r1'),
  idFile: '/state/runs/r1/container.id',
  mounts: [
    {path: '/home/op/.cache/huggingface', isWritable: true, why: 'hub files'},
    {path: '/models/kimi', isWritable: false, why: "the model's files"},
  ],
  passedVariables: ['GANTRY_RUN_ID', 'HF_TOKEN', 'VLLM_API_KEY'],
  variables: [{name: 'HF_HOME', value: '/home/op/.cache/huggingface', why: 'as outside'}],
  extraArguments: [],
};

function argv(change: Partial<ContainerRun> = {}): string[] {
  return containerArguments(command, {...run, ...change}).flatMap((argument) => [...argument.argv]);
}

describe("a container's command", () => {
  test('for docker', () => {
    expect(argv()).toEqual([
      'run',
      '--rm',
      '--name',
      'gantry-r1',
      '--cidfile=/state/runs/r1/container.id',
      '--pull=never',
      '--log-driver=none',
      '--init',
      '--stop-timeout=120',
      '--gpus=all',
      '--ulimit=memlock=-1',
      '--ulimit=stack=67108864',
      '--ipc=host',
      '--network=host',
      '--mount=type=bind,source=/home/op/.cache/huggingface,target=/home/op/.cache/huggingface',
      '--mount=type=bind,source=/models/kimi,target=/models/kimi,readonly',
      '--mount=type=bind,source=/state/runs/r1/tokens,target=/state/runs/r1/tokens,readonly',
      '--env=VLLM_NO_USAGE_STATS=1',
      '--env=VLLM_API_KEY',
      '--env=HF_HOME=/home/op/.cache/huggingface',
      '--env=GANTRY_RUN_ID',
      '--env=HF_TOKEN',
      '--entrypoint=vllm',
      'vllm/vllm-openai:v0.28.0',
      'serve',
      '/models/kimi',
      '--port',
      '8000',
    ]);
  });

  test('selects the cards for podman by its device list, and needs nothing that a rootless podman may not do', () => {
    const podman = argv({client: 'podman'});
    expect(podman).toContain('--device=nvidia.com/gpu=all');
    expect(podman).toContain('--security-opt=label=disable');
    expect(podman.some((word) => word.startsWith('--gpus') || word.startsWith('--ulimit'))).toBe(false);
  });

  test('contains no secret, and has a reason for every argument', () => {
    const groups = containerArguments(command, run);
    expect(JSON.stringify(groups)).not.toContain('sk-secret');
    expect(groups.every(({why}) => why.length > 0)).toBe(true);
  });

  test('has no empty group of arguments', () => {
    const groups = containerArguments(command, {...run, passedVariables: []});
    for (const {argv: group} of groups) expect(group).not.toEqual([]);
  });

  test("has the operator's arguments after Gantry's and before the image, so that they override", () => {
    const all = argv({extraArguments: ['--shm-size=32g', '--user=1000:1000']});
    expect(all.indexOf('--shm-size=32g')).toBeGreaterThan(all.indexOf('--env=HF_TOKEN'));
    expect(all.indexOf('--user=1000:1000')).toBeLessThan(all.indexOf(run.image));
  });

  test('mounts a path with a comma or a quotation mark correctly', () => {
    const odd = argv({mounts: [{path: '/models/a,"b"', isWritable: false, why: 'odd'}]});
    expect(odd).toContain('--mount=type=bind,"source=/models/a,""b""","target=/models/a,""b""",readonly');
  });
});

describe('the variables that a container sees', () => {
  test("are those of the hub, NCCL, the choice of cards, proxies and the engine, and no path of this host's CUDA", () => {
    const names = [
      'PATH',
      'HOME',
      'CUDA_HOME',
      'LD_LIBRARY_PATH',
      'AWS_SECRET_ACCESS_KEY',
      'CUDA_VISIBLE_DEVICES',
      'HF_TOKEN',
      'NCCL_IB_HCA',
      'VLLM_USE_V1',
      'SGLANG_X',
      'https_proxy',
    ];
    expect(passedVariables(names, 'VLLM_API_KEY')).toEqual([
      'CUDA_VISIBLE_DEVICES',
      'HF_TOKEN',
      'NCCL_IB_HCA',
      'VLLM_USE_V1',
      'https_proxy',
    ]);
  });
});

test('a container is stopped by its name with a time limit, and removed by force', () => {
  expect(stopArguments('gantry-r1')).toEqual(['stop', '-t', '120', 'gantry-r1']);
  expect(removeArguments('gantry-r1')).toEqual(['rm', '-f', 'gantry-r1']);
});
