// For buyers who plainly do not write Russian. The rules of the Russian wordings apply.

/** Replies to reviews, by situation. */
export const englishReviewWordings = {
  high: [
    "Thank you for your review and the high rating! It is a pleasure that you chose our shop.",
    "Thank you for sharing your impressions! Reviews like yours help other buyers choose.",
  ],
  mid: [
    "Thank you for your honest review. We are sorry that you did not like everything about your purchase. Please write to us in the chat with the seller if you would like to discuss the details.",
    "Thank you for taking the time to write. We are sorry that the item fell short in some ways. You are welcome to tell us more in the chat with the seller.",
  ],
  low: [
    "Thank you for your review. We are sorry that the purchase disappointed you. Please write to us in the chat with the seller, where the details are easy to discuss.",
    "We are sorry that your experience was not a good one, and thank you for saying so openly. You are welcome to describe what went wrong in the chat with the seller.",
  ],
  return: [
    "Thank you for telling us. We are sorry that the item let you down. Please write to us in the chat with the seller or request a return {accountEnglish}.",
    "We are sorry about the trouble with your purchase, and thank you for the review. You can request a return {accountEnglish} or send photos in the chat with the seller.",
  ],
  serious: [
    "Thank you for writing about this, we take it seriously. Please set the item aside and describe what happened in the chat with the seller.",
    "We are sorry that you had to face such a situation. Please do not use the item for now and share the details in the chat with the seller.",
  ],
  noted: [
    "Thank you for your review and for describing your experience so openly. If you would like to add anything, please write to us in the chat with the seller.",
    "Thank you for the review and the details, they matter to us. You are welcome to tell us more in the chat with the seller.",
  ],
} as const;

/** Replies to questions, by situation. */
export const englishQuestionWordings = {
  fact: [
    "Thank you for your question! The product description says: {facts}.",
    "Thank you for asking! According to the product description: {facts}.",
  ],
  other: [
    "Thank you for your question! The product description does not say, and we would rather not guess. Please rely on the details and photos on the product page.",
    "Thank you for asking! There is no confirmed answer in the product description. Everything that is known about the item is on the product page.",
  ],
  return: [
    "Thank you for your question! A return is requested {accountEnglish}, and the terms for this item are shown there.",
    "Thank you for asking! Please open the order {accountEnglish}: that is where a return can be requested.",
  ],
  serious: [
    "Thank you for raising this, we take it seriously and would rather not guess. If anything worries you, please do not use the item and describe the situation in the chat with the seller.",
    "We understand how important this is. Please set the item aside if you have any doubts and share the details in the chat with the seller.",
  ],
  delivery: [
    "Thank you for your question! Delivery and order details are shown {accountEnglish} and on the product page.",
    "Thank you for asking! The most accurate delivery and order details are {accountEnglish} and on the product page.",
  ],
} as const;

/** Replies to chats, by situation. */
export const englishChatWordings = {
  other: [
    "We can see your message. Please add a few details about the item or the order. Have a nice day!",
    "Your message has reached us. Please describe in a little more detail what matters most to you. All the best!",
  ],
  trouble: [
    "We are sorry that there is a problem with the item. Please send a photo here and a few words about what happened. Thank you for your patience.",
    "We understand how upsetting this is. Please describe the problem and attach a photo in this chat. Thank you for writing to us.",
  ],
  return: [
    "We are sorry that the item did not suit you. Please request a return {accountEnglish}. Thank you for your understanding.",
    "We understand that you would like to return the item. A return can be requested {accountEnglish}, next to the order. Thank you for your patience.",
  ],
  delivery: [
    "We understand that waiting is not easy. Please check the order status {accountEnglish}. Thank you for your patience.",
    "We understand your concern about the order. The most recent details are {accountEnglish}, next to the order. Thank you for writing to us.",
  ],
  serious: [
    "We take what you wrote seriously. Please do not use the item for now and describe what happened here. Thank you for telling us.",
    "We are sorry that you had to face this. Please set the item aside and write down how everything happened. Thank you for contacting us directly.",
  ],
  picture_with_words: [
    "Your message and photo have arrived, but nobody has looked at the photo yet. Please add any details that it does not show. Thank you for your patience.",
    "We can see your message, though nobody has opened the photo yet. Please add a few words about what it shows. Thank you for writing to us.",
  ],
  thanks: [
    "Thank you for your kind words! Have a wonderful day.",
    "It is a pleasure to hear that! Thank you for choosing our shop.",
  ],
} as const;
