/** A file that is read here and there. `read` gives fewer bytes at the end of the file. */
export type Bytes = { size: number; read(at: number, length: number): Promise<Buffer> }
