import {expect, test} from 'vitest';
import {UNIT_MARK, unitText} from '../../../src/cli/service/unit-file.ts';

const input = {
  scope: 'user',
  user: 'op',
  nodePath: '/opt/node/bin/node',
  entryPath: '/opt/gantry/dist/gantry.js',
  configPath: null,
  flags: ['--some-flag=2'],
  environment: {PATH: '/usr/bin', GANTRY_STATE_DIR: '/home/op/my state/100%$HOME"'},
} as const;

test('the unit runs the supervisor, and stops only the supervisor', () => {
  const lines = unitText(input).split('\n');
  expect(lines[0]).toBe(UNIT_MARK);
  expect(lines).toContain('ExecStart=/opt/node/bin/node --some-flag=2 /opt/gantry/dist/gantry.js supervise --stay');
  expect(lines).toContain('KillMode=process');
  expect(lines).toContain('WantedBy=default.target');
  expect(lines.some((line) => line.startsWith('User='))).toBe(false);
});

test('what systemd would expand is escaped', () => {
  expect(unitText(input)).toContain('Environment="GANTRY_STATE_DIR=/home/op/my state/100%%$$HOME\\""');
});

test('a system unit runs as the user who installed it, with the given configuration', () => {
  const text = unitText({...input, scope: 'system', configPath: '/etc/gantry.yaml'});
  expect(text).toContain('User=op\n');
  expect(text).toContain(' --config /etc/gantry.yaml supervise --stay\n');
  expect(text).toContain('WantedBy=multi-user.target');
});
