/**
 * Makes the processes of the tests start in half the time. A server loads some 1,700 modules, and most of its start is
 * finding, reading and compiling them. An image is one file in node_modules/.cache that has the text of all of them,
 * what each `require` leads to, and what V8 has compiled. The first process that finds none writes the text at its end,
 * the next one adds what V8 has compiled. A process that is killed writes nothing.
 *
 * A module that has changed since (its size, its times) is loaded as usual, and so is all that is not in the image. In a
 * stack trace the image stands in the place of its modules: MODULE_IMAGE=off runs without it.
 */
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, isAbsolute, join } = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

/** V8 keeps a text in bytes as long as it can. One character beyond them doubles the whole text. */
const ENCODINGS = ['latin1', 'utf16le'];
const BEYOND_BYTES = /[\u0100-\uffff]/;
const PARAMETERS = 'exports, require, module, __filename, __dirname';
const defaultLoader = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

/**
 * Called when TypeScript can be loaded.
 * @param folder where the image is kept; V8 of another version or with other options has one of its own
 * @param many how many modules a process has to load for itself before it writes an image
 */
function useModuleImage(folder, many = 300) {
  // Node.js before 20.12 cannot say how such a module loads ECMAScript modules.
  if (defaultLoader === undefined || process.env.MODULE_IMAGE === 'off') return;
  const path = join(folder, `image-${process.version}-${v8.cachedDataVersionTag()}`);
  const image = open(path);
  const loaded = { fromImage: 0, texts: new Map(), places: new Map() };
  findWith(image, loaded);
  loadWith(image, loaded);
  process.once('exit', () => {
    const isNew = loaded.texts.size >= many && loaded.texts.size > loaded.fromImage / 4;
    if (isNew) write(path, image, loaded);
    else if (!image.isCompiled && loaded.fromImage >= many) write(path, image, loaded, true);
  });
}

/** What a `require` of the image leads to is not looked for again, while that module is as it was. */
function findWith(image, { places }) {
  const find = Module._resolveFilename;
  Module._resolveFilename = function (name, parent, isMain, options) {
    if (!parent?.filename || isMain || options) return find.call(this, name, parent, isMain, options);
    const place = `${dirname(parent.filename)}\0${name}`;
    const known = image.places.get(place);
    const found = known !== undefined && image.has(known) ? known : find.call(this, name, parent, isMain);
    if (isAbsolute(found)) places.set(place, found);
    return found;
  };
}

function loadWith(image, loaded) {
  for (const extension of ['.js', '.ts']) {
    const load = Module._extensions[extension];
    Module._extensions[extension] = (module, filename) => {
      if (!image.has(filename)) return load(module, filename);
      loaded.fromImage += 1;
      const { run } = image.modules.get(filename);
      run.call(module.exports, module.exports, requireOf(module), module, filename, dirname(filename));
    };
  }
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (text, filename, format) {
    if (format !== 'module' && canBeIn(text, filename)) loaded.texts.set(filename, text);
    return compile.call(this, text, filename, format);
  };
}

/** Not ECMAScript modules; nor what imports them, since a path in it would be taken from the image. */
function canBeIn(text, filename) {
  return !filename.endsWith('.mjs') && !text.includes('import(') && !/^\s*(?:import|export)\s/m.test(text);
}

/** `require` as Node.js gives it to a module. */
function requireOf(module) {
  const own = (name) => module.require(name);
  const resolve = (name, options) => Module._resolveFilename(name, module, false, options);
  resolve.paths = (name) => Module._resolveLookupPaths(name, module);
  return Object.assign(own, {
    resolve,
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  });
}

function stampOf(filename) {
  const { size, mtimeMs, ctimeMs, ino } = statSync(filename, { throwIfNoEntry: false }) ?? {};
  return [size, mtimeMs, ctimeMs, ino].join(' ');
}

/** The file has the length of its index in four bytes, the index, and the parts of which it has the lengths. */
function open(path) {
  const image = { modules: new Map(), places: new Map(), scripts: [], isCompiled: true };
  const looked = new Map();
  image.has = (filename) => {
    const module = image.modules.get(filename);
    if (module === undefined) return false;
    if (!looked.has(filename)) looked.set(filename, stampOf(filename) === module.stamp);
    return looked.get(filename);
  };
  try {
    const bytes = readFileSync(path);
    let at = 4 + bytes.readUInt32LE(0);
    const { groups, places } = JSON.parse(bytes.toString('utf8', 4, at));
    const part = (length) => bytes.subarray(at, (at += length));
    for (const [index, { names, text, code }] of groups.entries()) {
      const filename = `${path}-${index}.js`;
      const source = part(text).toString(ENCODINGS[index]);
      const cachedData = code > 0 ? part(code) : undefined;
      const script = new vm.Script(source, { filename, cachedData, importModuleDynamically: defaultLoader });
      image.isCompiled &&= code > 0 && !script.cachedDataRejected;
      image.scripts.push(script);
      const functions = script.runInThisContext();
      for (const [at, [name, stamp]] of names.entries())
        image.modules.set(name, { stamp, run: functions[at], group: index });
    }
    image.places = new Map(places);
  } catch {
    // There is none, or it cannot be read: everything is loaded as usual.
  }
  return image;
}

/** @param isSame whether only what V8 has compiled is to be added */
function write(path, image, { texts, places }, isSame = false) {
  try {
    const groups = [[], []];
    const add = (filename, stamp, text, group = BEYOND_BYTES.test(text) ? 1 : 0) =>
      groups[group].push({ filename, stamp, text });
    for (const [filename, { stamp, run, group }] of image.modules)
      if (isSame || (image.has(filename) && !texts.has(filename))) add(filename, stamp, String(run), group);
    if (!isSame) for (const [filename, text] of texts) add(filename, stampOf(filename), functionOf(text));
    const parts = [];
    const described = groups.map((group, index) => {
      const text = Buffer.from(
        `(() => [\n${group.map(({ text }) => text).join(',\n')}\n])()`,
        ENCODINGS[index],
      );
      const code = isSame ? image.scripts[index].createCachedData() : Buffer.alloc(0);
      parts.push(text, code);
      return {
        names: group.map(({ filename, stamp }) => [filename, stamp]),
        text: text.length,
        code: code.length,
      };
    });
    const all = [...image.places, ...(isSame ? [] : places)];
    const index = Buffer.from(JSON.stringify({ groups: described, places: all }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(index.length);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, Buffer.concat([length, index, ...parts]));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // This account may not write there, or the disk is full: the next process loads as usual.
  }
}

/** Without its map, which is longer than the text, and which nobody reads there. */
function functionOf(text) {
  const plain = text.replace(/\n\/\/# sourceMappingURL=data:[^\n]*/, '');
  return `function (${PARAMETERS}) {${plain.startsWith('#!') ? `//${plain}` : plain}\n}`;
}

module.exports = { useModuleImage };
