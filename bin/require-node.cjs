// Old syntax: any Node that can start must be able to print what it needs.
'use strict';
var major = Number(process.versions.node.split('.')[0]);
if (major < 22) {
  process.stderr.write(
    'gantry: Node ' +
      process.versions.node +
      ' is too old, 22.13 or newer is needed. Run this through "npm run", which puts the checkout\'s own Node first.\n',
  );
  process.exit(78);
}
