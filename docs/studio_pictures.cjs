// Takes the pictures of docs/studio.md, for make_studio_pictures.py.
//
//   node studio_pictures.cjs FOLDER_WITH_NODE_MODULES CHROMIUM URL FOLDER_OF_MANY_SONGS OUTPUT_FOLDER

const fs = require('fs');
const path = require('path');

const [, , packages, executablePath, url, many, out] = process.argv;
const {chromium} = require('module').createRequire(path.resolve(packages, 'package.json'))('playwright-core');
const DESKTOP = {width: 1440, height: 900}, PHONE = {width: 390, height: 844};

async function main() {
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
  const open = async (viewport, colorScheme) => {
    const page = await (await browser.newContext({viewport, colorScheme})).newPage();
    page.setDefaultTimeout(300000);
    await page.goto(url);
    await page.waitForSelector('body:not(.starting)');
    return page;
  };
  const settled = (page) => page.waitForFunction(() => document.getElementById('roll').getAttribute('aria-busy') !== 'true');
  const picture = (page, name) => page.screenshot({path: path.join(out, `${name}.png`)});
  const ready = async (page) => {
    await page.waitForSelector('body.has-model.has-music');
    await page.waitForFunction(() => document.querySelector('#files .mini rect'));
    await page.waitForTimeout(1500); // the small rolls
  };
  const light = await open(DESKTOP, 'light'), dark = await open(DESKTOP, 'dark');
  const phone = await open(PHONE, 'light'), darkPhone = await open(PHONE, 'dark');
  await picture(light, 'empty');
  await picture(darkPhone, 'empty_phone');

  await light.setInputFiles('#file-input', [path.join(many, 'damaged.mid'), path.join(many, 'lyrics.txt'), path.join(many, 'empty.abc')]);
  await light.waitForSelector('#problem:not([hidden])');
  await picture(light, 'error');
  await light.click('#problem button');

  await light.getByRole('button', {name: 'the reels'}).click();
  await dark.waitForFunction(() => /Learning: [^0]/.test(document.getElementById('stage').textContent));
  await picture(dark, 'learning');
  await ready(light);
  await light.selectOption('#bars', '8');
  await settled(light);
  await light.click('#another');
  await settled(light);
  await light.selectOption('#program', '73');
  await light.click('#drums');
  await light.waitForSelector('#drums[aria-pressed=true]');
  await light.click('#favourite');
  await light.waitForTimeout(4000);
  await settled(light);
  await picture(light, 'playing');

  await light.click('#play-button');
  await light.click('#slot-b');
  await light.selectOption('#bars', '16');
  await light.fill('#form', 'AABA');
  await light.press('#form', 'Enter');
  await light.waitForFunction(() => document.getElementById('place').textContent.endsWith('AABA'));
  await light.click('#favourite');
  await light.click('#command');
  await light.waitForSelector('#command-text:not([hidden])');
  await light.waitForTimeout(500);
  await light.locator('#play').screenshot({path: path.join(out, 'tune.png')});
  await light.locator('[aria-labelledby=take-title]').screenshot({path: path.join(out, 'taking.png')});
  await light.click('#slot-a');
  for (const [page, name] of [[dark, 'dark'], [phone, 'phone']]) {
    await ready(page);
    await picture(page, name);
  }

  await light.setInputFiles('#file-input', fs.readdirSync(many).map((name) => path.join(many, name)));
  await light.waitForFunction(() => document.getElementById('status').textContent.includes('your 20'));
  await ready(light);
  await light.evaluate(() => document.querySelector('#files').scrollTo(0, 1e6));
  await light.waitForTimeout(1000);
  await picture(light, 'many');
  await darkPhone.waitForTimeout(500);
  await darkPhone.evaluate(() => document.getElementById('bring').scrollIntoView());
  await darkPhone.waitForTimeout(1500);
  await picture(darkPhone, 'many_phone');
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
