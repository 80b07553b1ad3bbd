import type { Language } from '../bots/results.ts'

/** What is said in the sandbox's meetings, again and again. The audio file speaks the English lines. */
const dialogues: Record<Language, readonly string[]> = {
  en: [
    'Good morning, shall we start with the forecast?',
    'Yes. Sales are up nine percent on last month.',
    'Great. Who takes the open question about hiring?',
    'I will, and I report back on Friday.',
  ],
  de: [
    'Guten Morgen, fangen wir mit der Umsatzprognose an?',
    'Ja. Der Umsatz liegt neun Prozent über dem Vormonat.',
    'Schön. Wer übernimmt die offene Frage zur Einstellung?',
    'Ich, und am Freitag berichte ich darüber.',
  ],
  ja: [
    'おはようございます、売上予測から始めましょうか。',
    'はい、売上は先月より九パーセント増えました。',
    '素晴らしいですね。採用の件は誰が担当しますか。',
    '私が担当して、金曜日に報告します。',
  ],
  ar: [
    'صباح الخير، هل نبدأ بتوقعات المبيعات؟',
    'نعم، ارتفعت المبيعات تسعة بالمئة عن الشهر الماضي.',
    'رائع. من يتولى مسألة التوظيف؟',
    'أنا، وسأقدم تقريرا يوم الجمعة.',
  ],
}

/** The line of a turn, counted from 0. */
export function lineOf(turn: number, language: Language): string {
  const lines = dialogues[language]
  return lines[turn % lines.length] as string
}

const japanese = new Intl.Segmenter('ja', { granularity: 'word' })

/** The words of a line, with their punctuation, as a speech service writes them. */
export function wordsOfLine(text: string, language: Language): string[] {
  if (language !== 'ja') return text.split(' ')
  const words: string[] = []
  for (const { segment, isWordLike } of japanese.segment(text)) {
    if (isWordLike || words.length === 0) words.push(segment)
    else words.push(`${words.pop()}${segment}`)
  }
  return words
}
