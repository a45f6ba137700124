import {mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {environmentOf, readDistribution} from '../../../src/sources/engine-installation/distribution-version.ts';
import {createHost} from './search-bench.ts';

let host: ReturnType<typeof createHost>;
let environment: string;
beforeEach(() => {
  host = createHost();
  environment = path.join(host.root, 'env');
});
afterEach(() => host.clean());

/** Metadata of a distribution, written at this second of 2026. */
function addMetadata(directory: string, name: string, second = 0): string {
  const info = path.join(directory, `${name}.dist-info`);
  mkdirSync(info, {recursive: true});
  writeFileSync(path.join(info, 'METADATA'), '');
  const modified = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  utimesSync(path.join(info, 'METADATA'), modified, modified);
  return info;
}

const sitePackages = (root: string, python = 'python3.12') => path.join(root, 'lib', python, 'site-packages');

describe('the version of a distribution', () => {
  test.each([
    ['lib/python3.12/site-packages'],
    ['lib64/python3.12/site-packages'],
    ['lib/python3.13t/site-packages'],
    ['lib/python3/dist-packages'],
    ['lib/python3.9/dist-packages'],
  ])('is read from %s', async (directory) => {
    const info = addMetadata(path.join(environment, directory), 'vllm-0.28.0');
    expect(await readDistribution(environment, 'vllm')).toEqual({version: '0.28.0', path: info});
  });

  test.each([
    ['lib/python2.7/site-packages'],
    ['lib/python3.12-old/site-packages'],
    ['lib/old-python3.12/site-packages'],
    ['lib/python3.12/packages'],
  ])('is not read from %s', async (directory) => {
    addMetadata(path.join(environment, directory), 'vllm-0.28.0');
    expect(await readDistribution(environment, 'vllm')).toBeNull();
  });

  test.each([
    ['sglang-router', 'SGLang_Router-0.3.1', '0.3.1'],
    ['SGLang.Router', 'sglang__router-0.3.1', '0.3.1'],
    ['vllm', 'VLLM-0.28.0+cu129', '0.28.0+cu129'],
  ])('of %s is that of %s', async (wanted, name, version) => {
    addMetadata(sitePackages(environment), name);
    expect((await readDistribution(environment, wanted))?.version).toBe(version);
  });

  test.each([
    ['vllm_metal-9.9.9', 'vllm'],
    ['xvllm-9.9.9', 'vllm'],
    ['vllm-dev', 'vllm'],
    ['vllm-0.28.0-backup', 'vllm'],
  ])('is not that of %s', async (name, wanted) => {
    addMetadata(sitePackages(environment), name);
    expect(await readDistribution(environment, wanted)).toBeNull();
  });

  test('is not read from a copy of the metadata directory, nor from one without its METADATA file', async () => {
    const site = sitePackages(environment);
    mkdirSync(path.join(site, 'vllm-0.1.0.dist-info'), {recursive: true});
    mkdirSync(path.join(site, 'vllm-0.2.0.dist-info.bak'), {recursive: true});
    writeFileSync(path.join(site, 'vllm-0.2.0.dist-info.bak/METADATA'), '');
    expect(await readDistribution(environment, 'vllm')).toBeNull();
  });

  test.each([
    ['first by name', 'vllm-0.9.0', 'vllm-0.10.0'],
    ['last by name', 'vllm-0.10.0', 'vllm-0.9.0'],
  ])('of two is that of the newest metadata: %s', async (_, newest, older) => {
    addMetadata(sitePackages(environment), newest, 30);
    addMetadata(sitePackages(environment), older, 10);
    expect((await readDistribution(environment, 'vllm'))?.path).toContain(newest);
  });
});

describe('a virtual environment', () => {
  const base = () => path.join(host.root, 'base python');

  async function withConfiguration(text: string) {
    addMetadata(sitePackages(base()), 'vllm-0.28.0');
    mkdirSync(environment, {recursive: true});
    writeFileSync(path.join(environment, 'pyvenv.cfg'), text);
    return (await readDistribution(environment, 'vllm'))?.version ?? null;
  }

  test.each([
    ['as venv writes it', (bin: string) => `home = ${bin}\ninclude-system-site-packages = true\nversion = 3.12.3\n`],
    ['without spaces', (bin: string) => `include-system-site-packages=true\nhome=${bin}\n`],
    ['with more spaces', (bin: string) => `home   =   ${bin}  \ninclude-system-site-packages  =  true  \n`],
    ['with lines of Windows', (bin: string) => `home = ${bin}\r\ninclude-system-site-packages = true\r\n`],
    ['in upper case', (bin: string) => `HOME = ${bin}\nInclude-System-Site-Packages = True\n`],
  ])('uses the packages of its Python if its configuration says so: %s', async (_, text) => {
    expect(await withConfiguration(text(path.join(base(), 'bin')))).toBe('0.28.0');
  });

  test.each([
    ['says no', (bin: string) => `home = ${bin}\ninclude-system-site-packages = false\n`],
    ['says nothing', (bin: string) => `home = ${bin}\n`],
    ['has it in a comment', (bin: string) => `home = ${bin}\n# include-system-site-packages = true\n`],
    ['has another value', (bin: string) => `home = ${bin}\ninclude-system-site-packages = truehood\n`],
    ['has no home', () => 'include-system-site-packages = true\n'],
    ['has a relative home', () => 'home = base python/bin\ninclude-system-site-packages = true\n'],
    ['has the home in a comment', (bin: string) => `# home = ${bin}\ninclude-system-site-packages = true\n`],
    ['is too large', (bin: string) => `home = ${bin}\ninclude-system-site-packages = true\n${'#'.repeat(64 * 1024)}\n`],
  ])('does not use them if its configuration %s', async (_, text) => {
    expect(await withConfiguration(text(path.join(base(), 'bin')))).toBeNull();
  });

  test('that is as large as allowed is read', async () => {
    const text = `home = ${path.join(base(), 'bin')}\ninclude-system-site-packages = true\n`;
    expect(await withConfiguration(text + '#'.repeat(64 * 1024 - text.length))).toBe('0.28.0');
  });
});

describe('the environment of a program', () => {
  const searchPath = () => `${host.bin}:${path.join(host.root, 'second/bin')}`;
  async function ofScript(text: string) {
    return environmentOf(host.program(path.join(host.root, 'script'), text), searchPath());
  }

  test.each([
    ['a plain first line', '#!/opt/venv/bin/python\n', '/opt/venv'],
    ['a version', '#!/opt/venv/bin/python3.12\n', '/opt/venv'],
    ['a free-threaded Python', '#!/opt/venv/bin/python3.13t\n', '/opt/venv'],
    ['options', '#!/opt/venv/bin/python3 -I -u\n', '/opt/venv'],
    ['spaces', '#! /opt/venv/bin/python3  \r\nprint()\n', '/opt/venv'],
    ['the two lines of a long path', `#!/bin/sh\n'''exec' /opt/long/bin/python3 "$0" "$@"\n' '''\n`, '/opt/long'],
    ['these with more spaces', `#!/bin/sh\n'''exec'  "/opt/a b/bin/python"  "$0" "$@"\n' '''\n`, '/opt/a b'],
  ])('is that of its Python: %s', async (_, text, expected) => {
    expect(await ofScript(text)).toBe(expected);
  });

  test.each([
    ['a shell script', '#!/bin/sh\nexec /opt/venv/bin/python "$0"\n'],
    ['a shell script that names Python', '#!/bin/bash\n# /opt/venv/bin/python\n'],
    ['another program with a similar name', '#!/opt/venv/bin/python3-config\n'],
    ['another program with the name at its end', '#!/opt/venv/bin/ipython\n'],
    ['the two lines for another program', `#!/bin/sh\n'''exec' "/opt/long/bin/ruby" "$0" "$@"\n`],
    ['the exec line not at the start of a line', `#!/bin/sh\n: '''exec' "/opt/long/bin/python" "$0" "$@"\n`],
    ['no first line', '\n#!/opt/venv/bin/python\n'],
    ['a binary', '\u007fELF\n#!/opt/venv/bin/python\n'],
    ['nothing', ''],
    ['env without a name', '#!/usr/bin/env\n'],
    ['env with another program', '#!/usr/bin/env node\n'],
    ['env with a Python that is not on PATH', '#!/usr/bin/env python3.99\n'],
  ])('is unknown for %s', async (_, text) => {
    host.program(path.join(host.bin, 'node'), '');
    expect(await ofScript(text)).toBeNull();
  });

  test.each([
    ['plain', '#!/usr/bin/env python3\n'],
    ['with options', '#!/usr/bin/env -S python3 -u\n'],
    ['with variables', '#!/usr/bin/env -S PYTHONUTF8=1 python3\n'],
  ])('is that of the first Python on PATH if env runs it: %s', async (_, text) => {
    host.program(path.join(host.root, 'second/bin/python3'), '');
    expect(await ofScript(text)).toBe(path.join(host.root, 'second'));
    host.program(path.join(host.bin, 'python3'), '');
    expect(await ofScript(text)).toBe(host.root);
  });

  test('is not sought beyond the first kilobyte, and unknown for a missing program', async () => {
    const exec = `'''exec' "/opt/long/bin/python" "$0" "$@"\n`;
    expect(await ofScript(`#!/bin/sh\n${'#'.repeat(900)}\n${exec}`)).toBe('/opt/long');
    expect(await ofScript(`#!/bin/sh\n${'#'.repeat(1100)}\n${exec}`)).toBeNull();
    expect(await environmentOf(path.join(host.root, 'missing'), searchPath())).toBeNull();
  });
});
