// Uses the page of examples/browser as a person would, for test_page.py.
//
//   node use_page.cjs FOLDER_WITH_NODE_MODULES CHROMIUM URL OUTPUT_FOLDER
//
// Writes what was seen to seen.json, and pictures: loaded.png, turned.png, moved.png, playing.png.

const fs = require('fs');
const path = require('path');

const [, , packages, executablePath, url, out] = process.argv;
const {chromium} = require('module').createRequire(path.resolve(packages, 'package.json'))('playwright-core');

async function main() {
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
  const page = await browser.newPage({viewport: {width: 1100, height: 900}});
  const seen = {errors: [], requests: []};
  page.on('console', (message) => {
    if (message.type() === 'error') { // warnings of the library's own, about sound before a click, come too
      seen.errors.push(message.text());
    }
  });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('request', (request) => seen.requests.push(request.url()));

  const notes = () => page.$$eval('#roll .note', (rects) => rects.map(
    ({dataset}) => [+dataset.pitch, +dataset.start, +dataset.end]));
  const picture = (name) => page.screenshot({path: path.join(out, name), fullPage: true});
  const composed = () => page.waitForSelector('#roll[aria-busy=false]');

  await page.goto(url);
  await page.waitForFunction(() => !document.getElementById('play').disabled
    || document.getElementById('status').className === 'problem', null, {timeout: 60000});
  seen.status = await page.textContent('#status');
  seen.knobs = await page.locator('#knobs input').count();
  if (seen.knobs) {
    seen.loaded = await notes();
    await picture('loaded.png');

    await page.locator('#knobs input').first().fill('2.5');
    await page.locator('#knobs input').last().fill('-1.5');
    await composed();
    seen.turned = await notes();
    await picture('turned.png');

    if (await page.isVisible('#more')) {
      await page.click('#more summary');
      await page.locator('#attributes input').first().fill('-1');
    }
    await page.locator('#variety input').fill('0.5');
    await composed();
    seen.moved = await notes();
    await picture('moved.png');

    await page.click('#play');
    await page.waitForSelector('#roll .sounding', {state: 'attached'});
    seen.playing = await page.textContent('#play');
    await picture('playing.png');
    await page.click('#play');
    seen.stopped = await page.textContent('#play');

    await page.selectOption('#bars', '2');
    await composed();
    seen.longer = await notes();
    seen.changed = await page.textContent('#changed');
    await page.click('#reset');
    await composed();
    seen.reset = await notes();
    await page.selectOption('#bars', '1');
    await page.fill('#qpm', '90');

    await page.click('#draw');
    await composed();
    seen.drawn = await page.$$eval('#knobs input', (inputs) => inputs.map((input) => input.valueAsNumber));
    const download = page.waitForEvent('download');
    await page.click('#save');
    await (await download).saveAs(path.join(out, 'saved.mid'));
    seen.saved = await notes();
  }
  await browser.close();
  fs.writeFileSync(path.join(out, 'seen.json'), JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
