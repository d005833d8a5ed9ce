import type { Rule } from "../rule.ts";
import { aiMention } from "./ai-mention.ts";
import { asksBuyer } from "./asks-buyer.ts";
import { blame } from "./blame.ts";
import { contactOrLink } from "./contact-or-link.ts";
import { dismissive } from "./dismissive.ts";
import { falseAction } from "./false-action.ts";
import { healthClaim } from "./health-claim.ts";
import { incentive } from "./incentive.ts";
import { jargon } from "./jargon.ts";
import { language } from "./language.ts";
import { legalAdmission } from "./legal-admission.ts";
import { length } from "./length.ts";
import { marketplaceAuthority } from "./marketplace-authority.ts";
import { personalData } from "./personal-data.ts";
import { promise } from "./promise.ts";
import { promptLeak } from "./prompt-leak.ts";
import { returnUnasked } from "./return-unasked.ts";
import { reviewManipulation } from "./review-manipulation.ts";
import { rude } from "./rude.ts";
import { sentimentMismatch } from "./sentiment-mismatch.ts";
import { thirdPartyBlame } from "./third-party-blame.ts";
import { unsupportedClaim } from "./unsupported-claim.ts";
import { wrongMarketplace } from "./wrong-marketplace.ts";
import { wrongName } from "./wrong-name.ts";

/** Every guardrail, in the order of the table in docs/guardrails.md. */
export const rules: readonly Rule[] = [
  aiMention,
  promise,
  falseAction,
  marketplaceAuthority,
  blame,
  rude,
  dismissive,
  thirdPartyBlame,
  legalAdmission,
  healthClaim,
  reviewManipulation,
  incentive,
  contactOrLink,
  personalData,
  wrongName,
  wrongMarketplace,
  sentimentMismatch,
  language,
  promptLeak,
  returnUnasked,
  unsupportedClaim,
  asksBuyer,
  jargon,
  length,
];
