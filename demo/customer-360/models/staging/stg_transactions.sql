select
    cast(transaction_id as integer) as transaction_id,
    customer_id,
    cast(occurred_at as timestamp) as occurred_at,
    cast(amount_eur as decimal(12, 2)) as amount_eur,
    case channel
        when 'W' then 'web'
        when 'A' then 'app'
        when 'S' then 'store'
    end as channel,
    case category
        when 'BK' then 'books'
        when 'EL' then 'electronics'
        when 'FA' then 'fashion'
        when 'GR' then 'groceries'
        when 'HO' then 'home'
        when 'SP' then 'sports'
    end as category,
    case status
        when 'P' then 'paid'
        when 'R' then 'refunded'
        when 'F' then 'failed'
    end as status
from {{ source('till', 'transactions') }}
