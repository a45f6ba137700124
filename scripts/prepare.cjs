// npm runs this after an install in a checkout: it builds with the Node of the checkout.
'use strict';
var fs = require('node:fs');
var path = require('node:path');
var spawnSync = require('node:child_process').spawnSync;
var root = path.join(__dirname, '..');
var own = path.join(root, 'node_modules', 'node', 'bin', 'node');
var node = fs.existsSync(own) ? own : process.execPath;
var result = spawnSync(node, [path.join(__dirname, 'build.mjs')], {cwd: root, stdio: 'inherit'});
process.exit(result.status === null ? 1 : result.status);
