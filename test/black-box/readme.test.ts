// Runs README.md: every block in it, in order, pasted as a reader would do it, in a folder that is empty at first.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { program } from '../support/start-program.ts'
import { blocksOf, faultOf, openDesk, type Pasted, paste, pressCtrlC } from './paste-blocks.ts'

t.test('every block of the README works, pasted in its order', async t => {
  const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
  t.ok(readme.split('\n').length < 120, 'it is short')
  const desk = await openDesk(t)
  const stayed: Pasted[] = []
  for (const block of blocksOf(readme)) {
    const running = stayed.at(-1)
    if (running && /Ctrl-C/.test(block.before)) await pressCtrlC(running.terminal)
    const pasted = await paste(t, block, desk)
    t.equal(faultOf(block, pasted), undefined, `${block.code}${pasted.fault ? pasted.terminal.output() : ''}`)
    t.notMatch(pasted.terminal.output(), /"code":/, 'no answer is an error')
    if (pasted.stays) stayed.push(pasted)
  }
  const isPlayed = stayed.map(({ terminal }) => terminal.output().includes('is played here'))
  t.same(isPlayed, [true, false], 'with a configuration no sandbox starts')
  const links = ['links', 'export', '--application', 'ru.example.crm']
  const exported = execFileSync(process.execPath, [program, ...links], {
    cwd: desk.directory,
    env: desk.env,
  })
  t.equal(exported.toString(), '')
})

t.test('the check finds what a reader would stumble over', async t => {
  const desk = await openDesk(t)
  const faultIn = async (code: string, before = '') => {
    const pasted = await paste(t, { code }, desk)
    const fault = faultOf({ code, before }, pasted)
    await pressCtrlC(pasted.terminal)
    return fault
  }
  const stays = 'It stays running:'
  t.equal(await faultIn('npm start\n', stays), undefined)
  t.match(await faultIn('npm start\ncurl http://localhost:8080/demo/objects/1234\n', stays), /behind `npm start`/)
  t.match(await faultIn('true && npm start\n'), /does not say that it stays/)
  t.match(await faultIn('true\n', stays), /said to stay running, and ends/)
  t.match(await faultIn('false\ntrue\n'), /a command fails/)
  t.equal(await faultIn('export A=a\n'), undefined)
  t.match(await faultIn('test "$A" = a\n'), /a command fails/, 'a variable of another terminal is not there')
})

t.test('the blocks of a page come with the text between them', async t => {
  const page = 'One\n```sh\na\n```\nTwo\n```yaml\nb: c\n```\nThree\n```sh\nd\ne\n```\n'
  t.same(blocksOf(page), [
    { code: 'a\n', before: 'One\n' },
    { code: 'd\ne\n', before: '\nTwo\n\nThree\n' },
  ])
})
