/** Names that a service has retired, and what answers under them now. */
const retired: Readonly<Record<string, string>> = {
  "deepseek-chat": "deepseek-flash",
  "deepseek-reasoner": "deepseek-flash",
};

/** The model that a provider is asked for if none is named: small, cheap, and good enough at Russian. OpenAI's has to be named. */
export const defaultModels: Readonly<Record<"openai" | "deepseek" | "anthropic", string | undefined>> = {
  openai: undefined,
  deepseek: "deepseek-flash",
  anthropic: "claude-haiku-4-5",
};

/** The model that a name means today; `replaced` is the given name if its service has retired it. */
export function currentModel(name: string): { readonly model: string; readonly replaced: string | null } {
  const model = Object.hasOwn(retired, name) ? retired[name] : undefined;
  return model === undefined ? { model: name, replaced: null } : { model, replaced: name };
}
