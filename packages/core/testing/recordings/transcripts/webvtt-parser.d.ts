declare module 'webvtt-parser' {
  type Node = { type: string; name?: string; value?: string; children?: Node[] }
  type Cue = { startTime: number; endTime: number; text: string; tree: { children: Node[] } }
  type Parsed = { cues: Cue[]; errors: { message: string; line: number }[] }
  export class WebVTTParser {
    constructor(entities?: Record<string, string>)
    parse(text: string, mode: 'captions' | 'chapters' | 'metadata'): Parsed
  }
}
