// Uses the studio as a person would, for test_studio_page.py: songs are brought, a tune is played, knobs are turned,
// the map is clicked and dragged, music is taken, the model is saved and opened again, and things go wrong.
//
//   node use_studio.cjs FOLDER_WITH_NODE_MODULES CHROMIUM URL SONGS_FOLDER OUTPUT_FOLDER
//
// Writes what was seen to seen.json, and pictures.

const fs = require('fs');
const path = require('path');

const [, , packages, executablePath, url, songs, out] = process.argv;
const from = require('module').createRequire(path.resolve(packages, 'package.json'));
const {chromium} = from('playwright-core');
const axe = fs.readFileSync(from.resolve('axe-core/axe.min.js'), 'utf8');
const seen = {errors: [], requests: [], accessibility: {}};

const notes = (page) => page.$$eval('#roll .note', (rects) => rects.map(
  ({dataset}) => [+dataset.pitch, +dataset.start, +dataset.end]));
const settled = (page) => page.waitForFunction(() => document.getElementById('roll').getAttribute('aria-busy') !== 'true');
const title = (page) => page.textContent('#play-title');
const picture = (page, name) => page.screenshot({path: path.join(out, `${name}.png`)});

/** What axe-core finds that is serious; its script comes in past the page's policy, as a browser's extension does. */
async function check(page, name) {
  const client = await page.context().newCDPSession(page);
  const {frameTree} = await client.send('Page.getFrameTree');
  const {executionContextId} = await client.send('Page.createIsolatedWorld', {frameId: frameTree.frame.id, worldName: 'axe'});
  await client.send('Runtime.evaluate', {expression: `${axe}; 0`, contextId: executionContextId});
  const {result} = await client.send('Runtime.evaluate', {
    expression: 'axe.run().then(({violations}) => JSON.stringify(violations.map(({id, impact, nodes}) => [id, impact, nodes[0].html])))',
    contextId: executionContextId, awaitPromise: true, returnByValue: true,
  });
  seen.accessibility[name] = JSON.parse(result.value).filter(([, impact]) => ['serious', 'critical'].includes(impact));
}

/** The places in the page of all that can be used, and of what Tab visits, from whatever has the focus once round. */
async function tabOrder(page) {
  const usable = await page.evaluate(() => {
    window.all = [...document.querySelectorAll('*')];
    return all.filter((element) => element.matches('button, input:not([type=file]), select, a[href], summary, [tabindex="0"]')
      && !element.disabled && element.checkVisibility()).map((element) => all.indexOf(element));
  });
  const visited = [];
  for (let i = 0; i < usable.length + 2; ++i) { // after the last one comes the browser itself
    await page.keyboard.press('Tab');
    visited.push(await page.evaluate(() => (document.activeElement === document.body ? -1 : all.indexOf(document.activeElement))));
  }
  return {usable, visited: [...new Set(visited)].filter((place) => place >= 0)};
}

async function main() {
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, acceptDownloads: true});
  const page = await context.newPage();
  page.setDefaultTimeout(240000); // other work may run beside
  page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('request', (request) => seen.requests.push(request.url()));

  // Empty.
  await page.goto(url);
  await page.waitForSelector('body:not(.starting)');
  seen.address = page.url();
  await check(page, 'empty');
  await picture(page, 'empty');

  // Something that is no music.
  await page.setInputFiles('#file-input', [path.join(songs, 'broken.mid')]);
  await page.waitForSelector('#problem:not([hidden])');
  seen.problem = await page.textContent('#problem p');
  seen.brokenFile = await page.textContent('#files li');
  await check(page, 'error');
  await page.click('#problem button');

  // Bring.
  await page.setInputFiles('#file-input', fs.readdirSync(songs).map((name) => path.join(songs, name)));
  await page.waitForSelector('body.has-model.has-music');
  seen.files = await page.$$eval('#files li', (rows) => rows.map((row) => row.textContent));
  seen.markup = await page.locator('#files b, #files img').count();
  seen.summary = await page.textContent('#summary');
  seen.knobs = await page.locator('#knobs input').count();
  await settled(page);
  seen.first = await notes(page);

  // Play, with the keyboard; turn a knob while it plays.
  await page.locator('#knobs input').first().focus();
  await page.keyboard.press('Space');
  await page.waitForSelector('#roll .playhead[visibility=visible]', {state: 'attached'});
  seen.playing = await page.textContent('#play-button');
  await page.waitForTimeout(600); // the sound of the instrument comes
  const before = await page.locator('#knobs output').first().textContent();
  for (let i = 0; i < 8; ++i) {
    await page.keyboard.press(Number(before) > 0 ? 'PageDown' : 'PageUp');
    await settled(page);
  }
  seen.turned = await notes(page);
  seen.latency = await page.evaluate(() => performance.getEntriesByType('measure').map(({name, duration}) => [name, duration]));
  await picture(page, 'playing');
  await page.keyboard.press('Space');
  seen.stopped = await page.textContent('#play-button');

  // Undo, redo.
  const now = await notes(page);
  let steps = 0; // a small turn may leave the notes as they are
  for (; steps < 8 && JSON.stringify(await notes(page)) === JSON.stringify(now); ++steps) {
    await page.keyboard.press('Control+z');
  }
  seen.undone = JSON.stringify(await notes(page)) !== JSON.stringify(now);
  for (; steps > 0; --steps) {
    await page.keyboard.press('Control+Shift+z');
  }
  seen.redone = JSON.stringify(await notes(page)) === JSON.stringify(now);

  // Two versions.
  await page.uncheck('#audition');
  await page.click('#slot-b');
  await page.click('#another');
  await settled(page);
  const b = JSON.stringify(await notes(page));
  await page.click('#slot-a');
  seen.versionA = JSON.stringify(await notes(page)) === JSON.stringify(now);
  const undoable = await page.isEnabled('#undo');
  await page.click('#undo');
  seen.undoneInA = undoable && JSON.stringify(await notes(page)) !== b;
  await page.click('#redo');
  await page.click('#slot-b');
  seen.versionB = JSON.stringify(await notes(page)) === b;

  // The map: a click, a drag from song to song, the arrows.
  const box = await page.locator('#map').boundingBox();
  await page.mouse.click(box.x + box.width * 0.9, box.y + box.height * 0.1);
  await settled(page);
  seen.clicked = await page.$$eval('#knobs input', (inputs) => inputs.map((input) => input.valueAsNumber));
  await page.focus('#map');
  await page.keyboard.press('ArrowLeft');
  await settled(page);
  seen.moved = await page.$$eval('#knobs input', (inputs) => inputs.map((input) => input.valueAsNumber));
  await page.keyboard.press('PageDown');
  await page.waitForFunction(() => document.getElementById('play-title').textContent === document.getElementById('map-place').textContent);
  seen.passage = await title(page);
  const centres = await page.$$eval('#map .dot', (dots) => dots.map((dot) => {
    const {x, y, width, height} = dot.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  }));
  const [start, end] = [centres.reduce((a, c) => (c[0] < a[0] ? c : a)), centres.reduce((a, c) => (c[0] > a[0] ? c : a))];
  await page.mouse.move(...start);
  await page.mouse.down();
  await page.mouse.move(...end, {steps: 4});
  await page.mouse.up();
  await page.waitForFunction(() => document.getElementById('play-title').textContent.includes(' to '));
  await settled(page);
  seen.morph = [await title(page), (await page.textContent('#place')), (await notes(page)).length];

  // Longer.
  await page.selectOption('#bars', '8');
  await settled(page);
  await page.click('#another');
  await settled(page);
  seen.longer = await page.textContent('#place');
  await page.selectOption('#bars', '2');
  await settled(page);

  // A tune in a form, varied; its link makes it again; a bar on by a key.
  await page.selectOption('#bars', '4');
  await settled(page);
  await page.fill('#form', 'ab');
  await page.press('#form', 'Enter');
  await page.waitForFunction(() => document.getElementById('place').textContent.endsWith('AB'));
  seen.composed = [await page.textContent('#place'), await notes(page)];
  await page.click('#vary-lot');
  await page.waitForFunction(() => !document.getElementById('place').textContent.endsWith('AB'));
  seen.varied = await notes(page);
  await page.click('#link');
  await page.waitForFunction(() => location.hash.length > 1);
  await page.click('#play-title'); // no field has the focus
  await page.keyboard.press('.');
  seen.playhead = await page.getAttribute('#roll .playhead', 'visibility');
  const again = await context.newPage();
  again.setDefaultTimeout(240000);
  await again.goto(page.url());
  await again.waitForFunction(() => !document.getElementById('undo').disabled);
  await again.waitForFunction((wanted) => wanted === JSON.stringify([...document.querySelectorAll('#roll .note')].map(
    ({dataset}) => [+dataset.pitch, +dataset.start, +dataset.end])), JSON.stringify(seen.varied));
  await again.close();
  await page.evaluate(() => history.replaceState(null, '', '/'));
  await page.reload(); // the same piece is there again
  await page.waitForSelector('body.has-model.has-music');
  await settled(page);
  seen.reloaded = await notes(page);
  await page.uncheck('#audition');
  await page.fill('#form', '');
  await page.selectOption('#bars', '2');
  await settled(page);

  // A song of one's own, as the model reads it.
  await page.locator('#files li:not(.left-out) button').first().click();
  await page.waitForFunction(() => document.getElementById('play-title').textContent.endsWith('.abc'));
  seen.song = [await title(page), (await notes(page)).length];
  await page.click('#play-button');

  // Take it: key and tempo go along.
  await page.click('#another');
  await settled(page);
  await page.selectOption('#transpose', '2');
  await page.fill('#qpm', '90');
  await page.keyboard.press('Enter');
  seen.taken = await notes(page);
  for (const [button, name] of [['#drag', 'taken.mid'], ['#formats button:has-text("ABC")', 'taken.abc'], ['#keep', 'model.zip']]) {
    const download = page.waitForEvent('download');
    await page.click(button);
    await (await download).saveAs(path.join(out, name));
  }
  // Drums under it: seen, taken, and gone again.
  await page.click('#drums');
  await page.waitForSelector('#drums[aria-pressed=true]');
  seen.drummed = await notes(page);
  await page.click('#another-beat');
  await page.waitForFunction((count) => document.querySelectorAll('#roll .note').length !== count, seen.drummed.length);
  seen.anotherBeat = await notes(page);
  await picture(page, 'drums');
  await check(page, 'drums');
  const drummed = page.waitForEvent('download');
  await page.click('#drag');
  await (await drummed).saveAs(path.join(out, 'drummed.mid'));
  await page.click('#play-title'); // no button has the focus
  await page.keyboard.press('d');
  seen.undrummed = await notes(page);
  await page.hover('#drag');
  const dragged = () => page.evaluate(async () => {
    const data = new DataTransfer();
    document.getElementById('drag').dispatchEvent(new DragEvent('dragstart', {dataTransfer: data}));
    const [, name, url] = /^audio\/midi:([^:]+):(.*)$/.exec(data.getData('DownloadURL')) || [];
    return url && [name, await (await fetch(url)).text()];
  });
  while (!seen.dragged) { // its file is made as the pointer comes
    await page.waitForTimeout(100);
    seen.dragged = await dragged();
  }
  await page.click('#favourite');
  seen.kept = await page.locator('#kept li').count();
  await page.click('#command');
  await page.waitForSelector('#command-text:not([hidden])');
  seen.command = await page.textContent('#command-text');
  await page.click('#link');
  await page.waitForFunction(() => location.hash.length > 1);
  seen.link = page.url();
  await check(page, 'music');
  seen.tabs = await tabOrder(page);
  await picture(page, 'music');

  // A link in another tab, which is then killed; what was kept is there too.
  const other = await context.newPage();
  other.setDefaultTimeout(240000);
  await other.goto(seen.link);
  await other.waitForSelector('body.has-music');
  await other.waitForFunction((qpm) => document.getElementById('qpm').value === qpm, '90');
  seen.linked = await notes(other);
  seen.keptThere = await other.locator('#kept li').count();
  await other.close();

  // Save, and open again: the same model.
  await page.goto('about:blank');
  await page.goto(url);
  await page.waitForSelector('body.has-model.has-music');
  await page.setInputFiles('#model-input', path.join(out, 'model.zip'));
  await page.waitForFunction(() => document.getElementById('status').textContent === 'The model model');
  await page.waitForSelector('#working[hidden]', {state: 'attached'});
  await page.goto('about:blank');
  await page.goto(seen.link);
  await page.waitForSelector('body.has-music');
  await page.waitForFunction((qpm) => document.getElementById('qpm').value === qpm, '90');
  seen.reopened = await notes(page);

  // A tab is killed while it learns: the other one goes on, and gets the new model.
  const killed = await context.newPage();
  killed.setDefaultTimeout(240000);
  await killed.goto(url);
  await killed.waitForSelector('body.has-model');
  await killed.setInputFiles('#file-input', [path.join(songs, 'dream.abc')]);
  await killed.waitForFunction(() => document.getElementById('stage').textContent.startsWith('Learning'));
  await killed.close();
  await page.waitForFunction(() => document.getElementById('status').textContent === 'A model of your song');
  await page.waitForSelector('#working[hidden]', {state: 'attached'});
  await page.click('#another');
  await settled(page);
  seen.afterwards = (await notes(page)).length;

  // On a phone, in the dark.
  const phone = await browser.newContext({viewport: {width: 390, height: 844}, colorScheme: 'dark', hasTouch: true, isMobile: true});
  const small = await phone.newPage();
  small.setDefaultTimeout(240000);
  await small.goto(url);
  await small.waitForSelector('body.has-music');
  seen.phoneWidth = await small.evaluate(() => document.documentElement.scrollWidth);
  await check(small, 'phone');
  await picture(small, 'phone');
  await browser.close();
  fs.writeFileSync(path.join(out, 'seen.json'), JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  console.error(JSON.stringify(seen, null, 1).slice(0, 3000));
  process.exit(1);
});
